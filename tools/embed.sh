#!/bin/sh
# embed.sh ROOT DIR...: print a C table of every JSON file below ROOT/DIR.
root=$1
shift
printf '/* made by tools/embed.sh from: %s */\n#include "io/embedded.h"\n' "$*"
echo 'const el_embedded_file el_embedded[] = {'
for dir in "$@"; do
    for file in "$root/$dir"/*.json; do
        [ -e "$file" ] || continue
        printf '{"%s/%s",\n' "$dir" "$(basename "$file")"
        # one C string literal per line: backslash and quote escaped
        sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' "$file"
        echo '},'
    done
done
echo '{0, 0}};'
