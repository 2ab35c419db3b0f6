#!/bin/sh
# embed.sh ROOT LIST: print a C table of the files named in LIST, a path below
# ROOT on each line. One awk run; a file must not be empty.
list=$(cat "$2") || exit 1
cd "$1" || exit 1
# shellcheck disable=SC2086 # one word a file
LC_ALL=C awk '
BEGIN {
    print "/* made by tools/embed.sh */"
    print "#include \"io/embedded.h\""
    # ISO C promises 4095 bytes; gcc and clang have no such limit
    print "#pragma GCC diagnostic ignored \"-Woverlength-strings\""
    print "const el_embedded_file el_embedded[] = {"
}
FNR == 1 { printf "%s{\"%s\",\n", n++ ? "},\n" : "", FILENAME }
{
    # no JSON string spans lines: indentation says nothing
    if (FILENAME ~ /\.json$/)
        sub(/^ +/, "")
    gsub(/\\/, "&&")
    gsub(/"/, "\\\\&")
    gsub(/\?\?/, "?\\?") # no trigraphs
    printf "\"%s\\n\"\n", $0
}
END { print (n ? "}," : ""), "{0, 0}};" }' $list /dev/null
