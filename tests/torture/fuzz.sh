#!/bin/bash
# Any bytes, as every kind of file that is read: clang's libFuzzer on each target of tests/fuzz, under ASan and UBSan. First
# comes what is kept in tests/fuzz/corpus_*, in which is every input that has found something; then what earlier runs found
# to be worth keeping, in BUILD/fuzz; then new ones. An input that finds something is kept in BUILD as fuzz_TARGET_crash-*.
#     TARGETS="vocab index"       some of them
#     SECONDS_PER_FUZZER=3600     CPU seconds for each, in one run or in several: what a target had in earlier ones counts for
#                                 as long as it and the files that it is about are the same but for comments and layout
#     SHORT=1                     6 CPU seconds, and coverage is not measured
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
JOBS=${JOBS:-$(nproc)}
LIMIT=${SECONDS_PER_FUZZER:-$([ -n "${SHORT:-}" ] && echo 6 || echo 3600)}
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
    export) echo "tools/convert.c ^(export_|part_|text_(add|number)|turn_round|panels_plain|build_again|build_narrow|narrow_type)" ;;
    index) echo "examples/index.h,examples/features.h ^(index_(parse|bytes|merge|checksum|count|free)|cache_wrong)" ;;
    inflate) echo "tools/inflate.h ." ;;
    json) echo "tools/json.h ." ;;
    model) echo "clip.h ^clip__(file_(open|next|find)|load_|tensor_bytes|panel_|model_make|layer_part|info_)" ;;
    picture) echo "examples/common.h ^(ppm_|picture_parse)" ;;
    safetensors) echo "tools/read_safetensors.h,tools/source.h ^(safetensors_(read|tensor|compare)|source_(add|sort|compare))" ;;
    tokenizer) echo "clip_tokenizer.h ." ;;
    torch) echo "tools/read_torch.h ." ;;
    vocab) echo "tools/convert.c ^(vocab_of_json|put_tokenizer|pairs_|put_pairs)" ;;
    esac
}

# The folders of inputs of a target, one a line; the first is the one that grows.
corpora() {
    echo "$BUILD/fuzz/$1"
    [ -d "tests/fuzz/corpus_$1" ] && echo "tests/fuzz/corpus_$1"
    [ -d "$WORK/seeds_$1" ] && echo "$WORK/seeds_$1"
}

# The longest input: 64 KB, or more where a file that it begins with is longer, which libFuzzer would cut.
longest() { (echo 65536 && find "$@" -type f -printf '%s\n') | sort -n | tail -n 1; }

build() { clang -g -O1 "$@" -I. -lm -lpthread; }

# Percentages of lines and of regions of what the target is about that its inputs reach.
coverage() {
    local name=$1 files pattern inputs
    read -r files pattern <<<"$(about "$name")"
    mapfile -t inputs < <(corpora "$name")
    build -fsanitize=fuzzer -fprofile-instr-generate -fcoverage-mapping "tests/fuzz/fuzz_$name.c" -o "$WORK/cov_$name" || return
    LLVM_PROFILE_FILE="$WORK/$name.raw" "$WORK/cov_$name" -runs=0 -max_len="$(longest "${inputs[@]}")" "${inputs[@]}" >/dev/null 2>&1
    "llvm-profdata-$version" merge "$WORK/$name.raw" -o "$WORK/$name.profile" || return
    IFS=, read -ra files <<<"$files"
    "llvm-cov-$version" report "$WORK/cov_$name" -instr-profile="$WORK/$name.profile" -show-functions "${files[@]}" |
        tee "$BUILD/fuzz_$name.coverage" | sed 's/^[^ ]*:\([A-Za-z_0-9]* \)/\1/' |
        awk -v pattern="$pattern" '$1 ~ pattern && $2 ~ /^[0-9]+$/ { r += $2; rm += $3; l += $5; lm += $6 }
            END { if (r) printf "%.1f %% of lines, %.1f %% of regions", 100 * (l - lm) / l, 100 * (r - rm) / r }'
}

# Inputs for so many CPU seconds; cpu and n are then how many seconds and inputs it were; the status is the target's.
slice() {
    local name=$1 limit=$2 inputs pid status log=$WORK/$1.log
    mapfile -t inputs < <(corpora "$name")
    cpu=0
    "$WORK/fuzz_$name" -timeout=100 -rss_limit_mb=2560 -max_len="$(longest "${inputs[@]}")" \
        -print_final_stats=1 -artifact_prefix="$BUILD/fuzz_${name}_" "${inputs[@]}" >"$log" 2>&1 </dev/null &
    pid=$!
    while kill -0 $pid 2>/dev/null; do # its CPU time is seen by the second; at a signal it ends after the input
        read -r _ _ _ _ _ _ _ _ _ _ _ _ _ user system _ 2>/dev/null <"/proc/$pid/stat" && cpu=$(((user + system) / $(getconf CLK_TCK)))
        [ "$cpu" -ge "$limit" ] && kill -USR1 $pid 2>/dev/null
        sleep 1
    done
    wait $pid
    status=$?
    n=$(sed -n 's/^stat::number_of_executed_units: //p' "$log") n=${n:-0}
    return $status
}

# Its last line is "passed" or "failed". In $BUILD/fuzz/TARGET.had is what the target has had: a checksum of its code, CPU
# seconds, inputs.
fuzz() {
    local name=$1 files file cpu n of had=0 inputs=0 of_had status log=$WORK/$1.log
    mkdir -p "$BUILD/fuzz/$name"
    if ! build -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all "tests/fuzz/fuzz_$name.c" -o "$WORK/fuzz_$name" >"$log" 2>&1; then
        cat "$log"
        echo failed
        return
    fi
    read -r files _ <<<"$(about "$name")"
    of=$(for file in "tests/fuzz/fuzz_$name.c" ${files//,/ }; do gcc -fpreprocessed -dD -E -P "$file" 2>/dev/null; done |
        sed 's/\\$//' | tr -d '[:space:]' | sed 's/""//g' | cksum) of=${of%% *}
    if [ -z "${SHORT:-}" ] && read -r of_had had inputs 2>/dev/null <"$BUILD/fuzz/$name.had" && [ "$of" != "$of_had" ]; then
        had=0 inputs=0
    fi
    while [ "$had" -lt "$LIMIT" ]; do
        slice "$name" $((LIMIT - had < 300 ? LIMIT - had : 300))
        status=$?
        had=$((had + cpu)) inputs=$((inputs + n))
        if [ $status -ne 0 ]; then
            [ -n "${SHORT:-}" ] || rm -f "$BUILD/fuzz/$name.had"
            echo "fuzz_$name: after $inputs inputs in $had CPU s, status $status, what it said:"
            grep -vE '^#[0-9]+.*(NEW|REDUCE|pulse)' "$log" | head -n 60
            for n in "$BUILD/fuzz_${name}"_{crash,leak,timeout,oom}-*; do
                [ "$n" -nt "$WORK/fuzz_$name" ] || continue
                echo "the input is kept as $n, $(wc -c <"$n") bytes, and begins:"
                od -A x -t x1z "$n" | head -n 24
            done
            echo failed
            return
        fi
        [ -n "${SHORT:-}" ] || echo "$of $had $inputs" >"$BUILD/fuzz/$name.had"
    done
    echo "fuzz_$name: $inputs inputs in $had CPU s, no findings"
    [ -n "${SHORT:-}" ] || echo "FIGURE fuzz_$name: $inputs inputs in $had CPU s until $(date -r "$BUILD/fuzz/$name.had" +%Y-%m-%d), no findings; they reach $(coverage "$name")"
    echo passed
}

if [[ " "$TARGETS" " =~ [[:space:]]model[[:space:]] ]]; then
    mkdir "$WORK/seeds_model" && cp tests/goldens/*.clip "$WORK/seeds_model"
    [ -x "$BUILD/clip-convert" ] || make "$BUILD/clip-convert" BUILD="$BUILD" >/dev/null 2>&1
    for type in f16 bf16 int8 q4; do
        "$BUILD/clip-convert" tests/goldens/train_clip_vit.clip --type $type -o "$WORK/seeds_model/$type.clip" >/dev/null
    done
fi

if [[ " "$TARGETS" " =~ [[:space:]]export[[:space:]] ]]; then # what was converted says what it was made of
    mkdir "$WORK/seeds_export"
    [ -x "$BUILD/clip-convert" ] || make "$BUILD/clip-convert" BUILD="$BUILD" >/dev/null 2>&1
    for type in f32 f16 int8 q4; do
        for source in vit bert; do
            "$BUILD/clip-convert" tests/goldens/convert_$source --type $type -o "$WORK/seeds_export/$source.$type.clip" >/dev/null
        done
    done
fi

mkdir "$WORK/seeds_torch" && cp tests/goldens/convert_*.{bin,pt,pth} tests/goldens/convert_old/*.bin tests/goldens/family/*.pt "$WORK/seeds_torch"
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
