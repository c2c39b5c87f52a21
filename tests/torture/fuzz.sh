#!/bin/bash
# Any bytes, as every kind of file that is read: clang's libFuzzer on each target of tests/fuzz, under ASan and UBSan. First
# comes what is kept in tests/fuzz/corpus_*, in which is every input that has found something; then what earlier runs found
# to be worth keeping, in BUILD/fuzz; then new ones. An input that finds something is kept in BUILD as fuzz_TARGET_crash-*.
#     TARGETS="vocab index"       some of them
#     SECONDS_PER_FUZZER=3600     CPU seconds for each
#     SHORT=1                     20 CPU seconds, and coverage is not measured
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
JOBS=${JOBS:-$(nproc)}
LIMIT=${SECONDS_PER_FUZZER:-$([ -n "${SHORT:-}" ] && echo 20 || echo 3600)}
TARGETS=${TARGETS:-$(for f in tests/fuzz/fuzz_*.c; do f=${f##*/fuzz_} && echo "${f%.c}"; done)}
WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT
mkdir -p "$BUILD/fuzz" || exit 1
export TMPDIR=$WORK # what the targets write
[ -w /dev/shm ] && TMPDIR=$(mktemp -d /dev/shm/fuzz.XXXXXX) && trap 'rm -rf "$WORK" "$TMPDIR"' EXIT
version=$(clang -dumpversion) && version=${version%%.*}

# What each target is about: files, then the names of the functions in them.
about() {
    case $1 in
    captions) echo "examples/captions.h ^(csv_|token_caption|next_caption|trim|captions_|is_utf8|pictures_of|texts_of|split|shuffle|say_bad|by_)" ;;
    checkpoint) echo "clip.h,examples/train.c,examples/curves.h ^(clip_trainer_resume|clip__resume_|read_checkpoint|read_position|compare_options|svg_|chart_|csv_row)" ;;
    index) echo "examples/search.c,examples/features.h ^(index_(parse|bytes|merge|checksum|count|free)|cache_wrong)" ;;
    inflate) echo "tools/inflate.h ." ;;
    json) echo "tools/json.h ." ;;
    model) echo "clip.h ^clip__(file_(open|next|find)|load_|tensor_bytes|panel_|model_make|layer_part|info_)" ;;
    picture) echo "examples/common.h ^(ppm_|picture_parse)" ;;
    safetensors) echo "tools/read_safetensors.h,tools/source.h ^(safetensors_|source_)" ;;
    tokenizer) echo "clip_tokenizer.h ." ;;
    torch) echo "tools/read_torch.h ." ;;
    vocab) echo "tools/convert.c ^(vocab_of_json|put_tokenizer|pairs_|put_pairs|byte_letter)" ;;
    esac
}

# The folders of inputs of a target, one a line; the first is the one that grows.
corpora() {
    echo "$BUILD/fuzz/$1"
    [ -d "tests/fuzz/corpus_$1" ] && echo "tests/fuzz/corpus_$1"
    [ "$1" = model ] && echo "$WORK/seeds"
}

build() { clang -g -O1 "$@" -I. -lm -lpthread; }

# Percentages of lines and of regions of what the target is about that its inputs reach.
coverage() {
    local name=$1 files pattern inputs
    read -r files pattern <<<"$(about "$name")"
    mapfile -t inputs < <(corpora "$name")
    build -fsanitize=fuzzer -fprofile-instr-generate -fcoverage-mapping "tests/fuzz/fuzz_$name.c" -o "$WORK/cov_$name" || return
    LLVM_PROFILE_FILE="$WORK/$name.raw" "$WORK/cov_$name" -runs=0 -max_len=65536 "${inputs[@]}" >/dev/null 2>&1
    "llvm-profdata-$version" merge "$WORK/$name.raw" -o "$WORK/$name.profile" || return
    IFS=, read -ra files <<<"$files"
    "llvm-cov-$version" report "$WORK/cov_$name" -instr-profile="$WORK/$name.profile" -show-functions "${files[@]}" |
        tee "$BUILD/fuzz_$name.coverage" | sed 's/^[^ ]*:\([A-Za-z_0-9]* \)/\1/' |
        awk -v pattern="$pattern" '$1 ~ pattern && $2 ~ /^[0-9]+$/ { r += $2; rm += $3; l += $5; lm += $6 }
            END { if (r) printf "%.1f %% of lines, %.1f %% of regions", 100 * (l - lm) / l, 100 * (r - rm) / r }'
}

# Its last line is "passed" or "failed".
fuzz() {
    local name=$1 inputs pid cpu=0 status n log=$WORK/$1.log kept=0
    mapfile -t inputs < <(corpora "$name")
    mkdir -p "$BUILD/fuzz/$name"
    if ! build -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all "tests/fuzz/fuzz_$name.c" -o "$WORK/fuzz_$name" >"$log" 2>&1; then
        cat "$log"
        echo failed
        return
    fi
    "$WORK/fuzz_$name" -timeout=25 -rss_limit_mb=2560 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$BUILD/fuzz_${name}_" "${inputs[@]}" >"$log" 2>&1 </dev/null &
    pid=$!
    while kill -0 $pid 2>/dev/null; do # its CPU time is seen by the second; at a signal it ends after the input
        read -r _ _ _ _ _ _ _ _ _ _ _ _ _ user system _ 2>/dev/null <"/proc/$pid/stat" && cpu=$(((user + system) / $(getconf CLK_TCK)))
        [ "$cpu" -ge "$LIMIT" ] && kill -USR1 $pid 2>/dev/null
        sleep 1
    done
    wait $pid
    status=$?
    n=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
    if [ $status -eq 0 ]; then
        echo "fuzz_$name: ${n:-0} inputs in $cpu CPU s, $(grep -oE 'cov: [0-9]+' "$log" | tail -n 1), no findings"
        [ -n "${SHORT:-}" ] || echo "FIGURE fuzz_$name: ${n:-0} inputs in $cpu CPU s, no findings; they reach $(coverage "$name")"
        echo passed
        return
    fi
    echo "fuzz_$name: after ${n:-0} inputs in $cpu CPU s, status $status, what it said:"
    grep -vE '^#[0-9]+.*(NEW|REDUCE|pulse)' "$log" | head -n 60
    for n in "$BUILD/fuzz_${name}"_{crash,leak,timeout,oom}-*; do
        [ "$n" -nt "$WORK/fuzz_$name" ] || continue
        echo "the input is kept as $n, $(wc -c <"$n") bytes, and begins:"
        od -A x -t x1z "$n" | head -n 24
    done
    echo failed
}

if [[ " "$TARGETS" " =~ [[:space:]]model[[:space:]] ]]; then
    mkdir "$WORK/seeds" && cp tests/goldens/*.clip "$WORK/seeds"
    [ -x "$BUILD/clip-convert" ] || make "$BUILD/clip-convert" BUILD="$BUILD" >/dev/null 2>&1
    for type in f16 bf16 int8 q4; do
        "$BUILD/clip-convert" tests/goldens/train_clip_vit.clip --type $type -o "$WORK/seeds/$type.clip" >/dev/null
    done
fi

[ -n "${SHORT:-}" ] && echo "SKIPPED by SHORT: all but $LIMIT CPU s of 3600 a target, and what part of the code is reached"
passed=0 failed=0 running=0
for name in $TARGETS; do
    fuzz "$name" >"$WORK/$name.result" 2>&1 &
    running=$((running + 1))
    if [ "$running" -ge "$JOBS" ]; then wait -n && running=$((running - 1)); fi
done
wait
for name in $TARGETS; do
    sed '$d' "$WORK/$name.result"
    if [ "$(tail -n 1 "$WORK/$name.result")" = passed ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
