#!/bin/sh
# What `make demo` shows: index a folder, search it by what is in the pictures.
# The first searches know the pictures only; the captions come in afterwards.
set -e
show() {
    printf '\n$ lsr-os %s\n' "$*"
    lsr-os "$@"
}
show index examples/photos
show search cat -n 3
show search flower -n 3
show search rocket -n 3
show search --explain coffee -n 1
show index examples/photos --captions examples/photos/captions.tsv
show search "a woman in a space suit" -n 3
show status
