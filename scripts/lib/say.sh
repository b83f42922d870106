# Owns what a person sees: lines, headings, the sentence before a non-zero exit.
# shellcheck shell=bash disable=SC2034

if [ -t 1 ]; then
    BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
    BOLD='' DIM='' RED='' PLAIN=''
fi

# heading TEXT...: opens a section.
heading() {
    printf '\n%s%s%s\n\n' "$BOLD" "$*" "$PLAIN"
}

# note TOPIC TEXT...: one thing that was done or found.
note() {
    local topic=$1
    shift
    printf '  %s%-10s%s %s\n' "$DIM" "$topic" "$PLAIN" "$*"
}

# warn TEXT...: something the user should know, which does not end the run.
warn() {
    printf '%snote%s  %s\n' "$BOLD" "$PLAIN" "$*" >&2
}

# die SENTENCE...: ends the script. A scenario's runner reads the sentence from $REASON_FILE.
die() {
    printf '%serror%s %s\n' "$RED" "$PLAIN" "$*" >&2
    if [ -n "${REASON_FILE:-}" ]; then
        printf '%s\n' "$*" >"$REASON_FILE"
    fi
    exit 1
}
