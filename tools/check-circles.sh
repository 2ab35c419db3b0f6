#!/bin/sh
# Refuse files that call each other in a circle, by what the objects of the
# layers define and use. Run by ctest as layering.circles; $1: build folder.
cd "${1:-build}" || exit 2

# Meant to be one: the table of verbs names two that read it; a search without
# outliers is a search; a template's holes are changed as formulas are.
meant='cli/verbs cli/cmd_(man|serve)
expr/outlier expr/discover
expr/template expr/(express|mutate)'

calls=$(nm -A -g libel_*.a | awk '
NF < 2 { next }
{
    split($1, at, ":")
    gsub(/^libel_|\.a$/, "", at[1]); sub(/\.c\.o.*/, "", at[2])
    me = at[1] "/" at[2]; kind = $(NF - 1)
}
kind == "U" { use[me " " $NF] }
kind ~ /^[BDRT]$/ { home[$NF] = me }
END {
    for (u in use) {
        split(u, w, " ")
        if (w[2] in home && home[w[2]] != w[1]) print w[1], home[w[2]]
    }
}' | sort -u)
[ -n "$calls" ] || { echo "no libel_*.a with calls in $PWD"; exit 2; }
echo "$calls" | grep -vxE "$meant" | tsort >/dev/null
