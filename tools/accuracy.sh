#!/bin/sh
# accuracy.sh PROGRAM DATA: every figure of docs/accuracy.md, with the command,
# its learning curves and the heat map of docs/sweetspot.md.
program=$1
data=$2
say() {
    printf '\n$ energylens'
    for word in "$@"; do
        case $word in
        *\ *) printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    COLUMNS=130 "$program" "$@" --quiet
}
a100() {
    say evaluate "$data/argonne_synthetic.csv" --gpu a100-sxm4-40gb \
        --engine 'vLLM (eager)' --sessions --choices-only "$@"
}
# Every form on every split and count of rows, once; hours where the machine is
# slow, so it goes on where it was stopped.
all_forms() {
    "$program" evaluate "$data/argonne_synthetic.csv" --gpu a100-sxm4-40gb \
        --engine 'vLLM (eager)' --sessions --choices-only --forms all \
        --samples 5,10,20,50,500 --format csv --quiet \
        --checkpoint "$kept" --resume
}
# Markdown from it. One column a split, 50 rows: strict Top-1 with its interval
# / within 3 % / regret / MAPE with its interval. Then one table a split, one
# column a count: Top-1 / MAPE, with intervals.
forms_tables() {
    awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        function num(name, d) {
            return $at[name] == "" ? "-" : sprintf("%." d "f", $at[name])
        }
        function span(name, d) {
            return $at[name "_lo"] == "" ? "" : \
                " (" num(name "_lo", d) "-" num(name "_hi", d) ")"
        }
        {
            split_name = $at["split"]; n = $at["samples"] + 0
            if (!($1 in seen)) { seen[$1] = 1; form[n_form++] = $1 }
            if (num("ceiling_top1_pct", 1) != "-")
                ceiling[split_name, n] = num("ceiling_top1_pct", 1)
            wide[$1, split_name, n] = num("top1_pct", 1) span("top1_pct", 0) \
                " / " num("top1_within3_pct", 1) " / " \
                num("mean_regret_pct", 2) " / " \
                num("mape_pct", 1) span("mape_pct", 1)
            short[$1, split_name, n] = num("top1_pct", 0) span("top1_pct", 0) \
                " / " num("mape_pct", 1) \
                span("mape_pct", $at["mape_pct"] < 10 ? 1 : 0)
        }
        END {
            split("all unseen batch", name, " ")
            split("5 10 20 50 500", count, " ")
            print "| form | all | unseen scenarios | B >= 32 from B <= 16 |"
            print "|---|---|---|---|"
            print "| noise ceiling | " ceiling["all", 50] " | " \
                ceiling["unseen", 50] " | " ceiling["batch", 50] " |"
            for (f = 0; f < n_form; f++)
                if (wide[form[f], "all", 50] !~ /^- \/ - \/ - \/ -/)
                    print "| " form[f] " | " wide[form[f], "all", 50] " | " \
                        wide[form[f], "unseen", 50] " | " \
                        wide[form[f], "batch", 50] " |"
            for (k = 1; k <= 3; k++) {
                print "\n| " name[k] ": rows | 5 | 10 | 20 | 50 | all |"
                print "|---|---|---|---|---|---|"
                text = "| noise ceiling |"
                for (i = 1; i <= 5; i++)
                    text = text " " ceiling[name[k], count[i]] " |"
                print text
                for (f = 0; f < n_form; f++) {
                    text = "| " form[f] " |"
                    for (i = 1; i <= 5; i++)
                        text = text " " short[form[f], name[k], count[i]] " |"
                    if (text !~ /- \/ - \| - \/ - \| - \/ - \| - \/ -/)
                        print text
                }
            }
        }' "$1"
}
# Error where closed12 is weakest: large batches, experts apart, images, video.
weak_spots() {
    "$program" evaluate "$data/$1.csv" --samples 50% --splits all,batch \
        --forms closed12,serving8,powerlaw --quiet --predictions "$tried" \
        >/dev/null
    printf '\n%s: split, form, part: MAPE %%, rows a seed\n' "$1"
    awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        function add(part,   key) {
            key = $at["split"] " " $at["form"] " " part
            sum[key] += miss; n[key]++
        }
        $at["in_training"] == 0 && $at["predicted_j"] != "" {
            miss = $at["predicted_j"] / $at["measured_j"] - 1
            miss = miss < 0 ? -100 * miss : 100 * miss
            b = $at["batch_size"]
            add(b < 64 ? "B<64" : b < 512 ? "B=64-511" : "B>=512")
            if ($at["ep"] > 1) add("EP>1")
            if ($at["workload"] ~ /image|mllm/) add("images")
            if ($at["workload"] ~ /video/) add("video")
            if (tolower($1) !~ /vl-235b/) {
                if (b >= 512) add("B>=512,but-Qwen3-VL-235B")
                if ($at["ep"] > 1) add("EP>1,but-Qwen3-VL-235B")
                if ($at["workload"] ~ /video/) add("video,but-Qwen3-VL-235B")
            }
        }
        END { for (k in sum) printf "%s: %.1f, %.0f\n", k, sum[k] / n[k], n[k] / 20 }
        ' "$tried" | sort
}
# closed12 refitted to each architecture on each GPU
parts() {
    say evaluate "$data/$1.csv" --samples 50% --splits all,batch \
        --forms closed12 --by arch,vendor,gpu
}
[ -d "$data" ] || { echo "accuracy: $data: no measurements here" >&2; exit 77; }
pictures=$(dirname "$0")/../docs/pictures
kept=${ENERGYLENS_KEPT:-accuracy.kept} # what --resume goes on from
tried=$(mktemp) || exit 1
table=$(mktemp) || exit 1
trap 'rm -f "$tried" "$table"' EXIT
all_forms >"$table" && forms_tables "$table"
for other in gp boost nnls12kv throughput-per-gpu; do
    a100 --forms "closed12,$other" --compare "closed12,$other"
done
a100 --forms closed12,gp,boost,forest,nnls12kv,el12r --splits unseen \
    --samples 5,7,10,14,20,30,50 --plot "$pictures/learning-curves.svg"
a100 --forms closed12,gp,boost,forest,nnls12kv,el12r --splits unseen \
    --samples 5,7,10,14,20,30,50 --curve mape \
    --plot "$pictures/learning-curves-error.svg"
parts argonne_synthetic
parts mlenergy_v2
parts mlenergy_v3_h100
a100 --forms closed12 --min-latency 3s
a100 --forms closed12 --min-latency 15s
a100 --forms closed12 --samples 5
a100 --forms closed12 --samples 20
a100 --forms closed12 --splits length,model,gpu
a100 --forms closed12,throughput-per-gpu --free-batch --splits all
a100 --forms closed12,smallest-tp --scope node
a100 --forms closed12 --prior none
a100 --forms closed12 --prior learned
say evaluate "$data/argonne_synthetic.csv" --gpu max-1550 --forms closed12 --samples 12
say evaluate "$data/mlenergy_v3_h100.csv" --samples 50% --splits all,batch,length,model --forms closed12,serving8,powerlaw
say evaluate "$data/mlenergy_v3_h100.csv" --samples 50% --splits all --free-batch --forms closed12,throughput-per-gpu
say evaluate "$data/mlenergy_v2.csv" --samples 50% --splits all,batch --forms closed12,serving8,powerlaw
weak_spots mlenergy_v3_h100
weak_spots mlenergy_v2
say evaluate "$data/argonne_synthetic.csv" "$data/mlenergy_v2.csv" \
    "$data/mlenergy_v3_h100.csv" --splits gpu --forms closed12 --by gpu
say evaluate "$data/splitwise_llama2_70b.csv" --samples 50% --splits all,batch,length --forms closed12,powerlaw
say sweetspot --model llama-3.1-8b -o "$pictures/sweetspot-llama-3.1-8b.svg"
