#!/bin/sh
# accuracy.sh PROGRAM DATA: every figure of docs/accuracy.md, with the command.
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
# Every form beside every other as Markdown: strict Top-1 with its interval /
# within 3 % / regret / MAPE with its interval, one column a split.
forms_table() {
    "$program" evaluate "$data/argonne_synthetic.csv" --gpu a100-sxm4-40gb \
        --engine 'vLLM (eager)' --sessions --choices-only --forms all \
        --format csv --quiet | awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        function num(name, d) {
            return $at[name] == "" ? "-" : sprintf("%." d "f", $at[name])
        }
        function span(name, d) {
            return $at[name "_lo"] == "" ? "" : \
                " (" num(name "_lo", d) "-" num(name "_hi", d) ")"
        }
        {
            if (!($1 in seen)) { seen[$1] = 1; form[n++] = $1 }
            if (num("ceiling_top1_pct", 1) != "-")
                ceiling[$2] = num("ceiling_top1_pct", 1)
            cell[$1, $2] = num("top1_pct", 1) span("top1_pct", 0) " / " \
                num("top1_within3_pct", 1) " / " \
                num("mean_regret_pct", 2) " / " \
                num("mape_pct", 1) span("mape_pct", 1)
        }
        END {
            print "| form | all | unseen scenarios | B >= 32 from B <= 16 |"
            print "|---|---|---|---|"
            print "| noise ceiling | " ceiling["all"] " | " \
                ceiling["unseen"] " | " ceiling["batch"] " |"
            for (i = 0; i < n; i++)
                if (cell[form[i], "all"] !~ /^- \/ - \/ - \/ -/)
                    print "| " form[i] " | " cell[form[i], "all"] " | " \
                        cell[form[i], "unseen"] " | " \
                        cell[form[i], "batch"] " |"
        }'
}
# closed12 refitted to each architecture on each GPU
parts() {
    say evaluate "$data/$1.csv" --samples 50% --splits all,batch \
        --forms closed12 --by arch,vendor,gpu
}
[ -d "$data" ] || { echo "accuracy: $data: no measurements here" >&2; exit 77; }
forms_table
for other in gp boost nnls12kv throughput-per-gpu; do
    a100 --forms "closed12,$other" --compare "closed12,$other"
done
a100 --forms closed12,gp,boost,forest,nnls12kv,el12r,powerlaw --splits unseen \
    --samples 5,7,10,14,20,30,50
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
say evaluate "$data/splitwise_llama2_70b.csv" --samples 50% --splits all,batch,length --forms closed12,powerlaw
