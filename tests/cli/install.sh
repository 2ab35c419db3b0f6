#!/bin/bash
# What `make install` puts in place can be used by a stranger's program.
set -eu
program=$1
source=$2
build=$(dirname "$program")
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
nm -an "$program" | grep -q __asan && { echo 'skip: sanitized'; exit 77; }
nm -an "$program" | grep -q __tsan && { echo 'skip: sanitized'; exit 77; }
fit=$source/data/fits/a100-sxm4-40gb.fit.json

# same TEXT TEXT...: all of them
same() {
    local first=$1
    for text; do
        [ "$text" = "$first" ] || { printf 'not the same:\n%s\n' "$@"; exit 1; }
    done
}

cmake --install "$build" --prefix "$prefix" >/dev/null
same "$("$prefix/bin/energylens" version)" "$("$program" version)"
[ ! -x "$program-mpi" ] || [ -x "$prefix/bin/energylens-mpi" ]
for file in man/man1/energylens.1 man/man1/energylens-predict.1 \
    bash-completion/completions/energylens zsh/site-functions/_energylens \
    fish/vendor_completions.d/energylens.fish; do
    [ -s "$prefix/share/$file" ] || { echo "missing: $file"; exit 1; }
done
lib=$(dirname "$(find "$prefix" -name libenergylens.so)")

# Exactly what the public headers declare is exported, under two versions.
nm -D --defined-only "$lib/libenergylens.so" | awk '$2 == "T" { print $3 }' |
    tr '@' ' ' | sort >"$prefix/exports"
cut -d ' ' -f 1 "$prefix/exports" | while read -r symbol; do
    grep -qrw "$symbol" "$prefix/include" || { echo "private: $symbol"; exit 1; }
done
same "$(awk '$2 == "ENERGYLENS_0" { printf "%s ", $1 }' "$prefix/exports")" \
    "el_axis_name el_buf_add el_buf_add_n el_buf_clear el_buf_ok el_buf_printf \
el_buf_text el_exit_code el_main el_predictor_calibrate el_predictor_close \
el_predictor_columns el_predictor_open el_source_name el_status_text el_verb_run \
el_version "
grep -q '^el_fit_groups  ENERGYLENS_.*_TOOLS$' "$prefix/exports"
nm -D "$lib/libenergylens.so" | grep -E ' [A-Zi] (el_mem_fail_at|c12_|el_dot)' && exit 1
readelf -d "$lib/libenergylens.so" | grep -q 'SONAME.*libenergylens\.so\.0\]'

# The umbrella header has them all, and every header stands alone, in both.
for header in "$prefix"/include/energylens/*.h; do
    name=energylens/$(basename "$header")
    [ "$name" = energylens/energylens.h ] ||
        grep -q "\"$name\"" "$prefix/include/energylens/energylens.h" ||
        { echo "not in energylens.h: $name"; exit 1; }
    printf '#include <%s>\nint t;\n' "$name"  >"$prefix/one.c"
    cc -std=c11 -Wall -Wextra -Werror -I"$prefix/include" -fsyntax-only "$prefix/one.c"
done
printf '#include <energylens/energylens.h>\nint main(){return 0;}\n' >"$prefix/one.cpp"
if command -v c++ >/dev/null; then
    c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -I"$prefix/include" \
        -fsyntax-only "$prefix/one.cpp"
fi

# By pkg-config: the examples in C.
export PKG_CONFIG_PATH=$lib/pkgconfig LD_LIBRARY_PATH=$lib
for name in predict optimize formula expr; do
    # shellcheck disable=SC2046
    cc -std=c11 -Wall -Wextra -Werror "$source/examples/$name.c" \
        -o "$prefix/$name" $(pkg-config --cflags --libs energylens)
done
echo "predict:"
"$prefix/predict" "$fit" llama-3-8b | tee "$prefix/out"
want=$("$program" predict --fit "$fit" --model llama-3-8b --batch 128 --isl 1000 \
    --osl 250 --json | sed -n 's/ *"energy_per_request_j": \(.*\),/\1/p')
same "$(awk '$1 == 128 { print $2 }' "$prefix/out")" "$(printf '%.1f' "$want")"
cat >"$prefix/config.json" <<'J'
{"architectures": ["LlamaForCausalLM"], "model_type": "llama",
 "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
 "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256}
J
"$prefix/predict" - "$prefix/config.json" h100 | grep -q '^  128 .* MODELLED$'
"$prefix/predict" - "$prefix/none.json" h100 2>"$prefix/err" && exit 1
grep -q 'none.json' "$prefix/err"
echo "formula:"
"$prefix/formula" | tee "$prefix/out"
grep -q 'batch\*length' "$prefix/out"
echo "expr:"
"$prefix/expr" '2.5*tokens + 0.02*batch*tokens' | tee "$prefix/out"
grep -q '^ *4 *1000 *2580 *1000 *4000$' "$prefix/out"
grep -q 'def energy_j(batch, tokens): return' "$prefix/out"
"$prefix/expr" '2.5*token' 2>"$prefix/err" && exit 1
grep -q 'column 5: unknown name "token"' "$prefix/err"

# The same bytes as the program prints.
"$prefix/optimize" "$fit" >"$prefix/out.json"
"$program" optimize --fit "$fit" --model llama-3-8b --gpus 4 --isl 1000 --osl 250 \
    --request-rate 4 --tpot 80ms --json | cmp - "$prefix/out.json"

# By find_package, in C++ too.
command -v c++ >/dev/null || { echo 'no C++: CMake examples left out'; exit 0; }
cmake -S "$source/examples" -B "$prefix/cmake" -DCMAKE_PREFIX_PATH="$prefix" \
    >/dev/null
cmake --build "$prefix/cmake" --target predict shares >/dev/null
same "$("$prefix/cmake/predict" "$fit" llama-3-8b)" "$("$prefix/predict" "$fit" llama-3-8b)"
echo "shares:"
"$prefix/cmake/shares" | tee "$prefix/out"
[ "$(awk '$2 + 0 > 0 && $3 == "J"' "$prefix/out" | wc -l)" -eq 5 ]
