#!/bin/bash
# Every allocation, open, read, write, seek, close, flush, stat, mmap, rename, look into a folder, thread, lock and process
# fails in turn, in all programs: faults.c, which is preloaded, makes the N-th call fail, for each N that there is.
#     tests/torture/faults.sh [JOB...]
# After each run: exit status 0 with the right output, byte for byte, or 1 with one line that says why and an output that
# is the old one or the right one; no file is left that does not belong there, no descriptor open, no block of memory not
# given back. Where a job keeps something for the next time (an index, features, a checkpoint), the same command is run
# again without a fault, and must come to the right output.
# Variables: BUILD (default build), JOBS (default nproc), SHORT=1: of each kind's calls every 13th, from the first on.
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${BUILD:-$root/build}" && pwd) || exit 1
memory=/dev/shm # checkpoints are flushed at every epoch, which takes long on a slow disk
[ -w "$memory" ] || memory=${TMPDIR:-/tmp}
work=$(mktemp -d "$memory/faults.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
export LC_ALL=C PATH=$build:$PATH
stride=1
if [ -n "${SHORT:-}" ]; then stride=13 && echo "SHORT: of each kind's calls every 13th"; fi
"${CC:-cc}" -shared -fPIC -O1 "$root/tests/torture/faults.c" -o "$work/faults.so" -ldl -lpthread || exit 1

# ---- what the jobs work on ----

goldens=$root/tests/goldens in=$work/in
mkdir -p "$in/photos/sub" "$in/album" "$in/classes/red_here" "$in/classes/blue" "$in/shades/dark" "$in/shades/light"
cd "$in" || exit 1
cp "$goldens/vit_cls.clip" vit.clip && cp "$goldens/bert.clip" bert.clip || exit 1

picture() { # FILE R G B: 20 x 10 of one colour, with a stripe
    awk -v r="$2" -v g="$3" -v b="$4" 'BEGIN {
        printf "P6 20 10 255\n"
        for (y = 0; y < 10; y++) for (x = 0; x < 20; x++) printf "%c%c%c", x == y ? 255 - r : r, g, 1 + b + y * 5 }' >"$1"
}
picture photos/red.ppm 200 10 10
picture photos/green.ppm 10 200 10
picture photos/sub/blue.ppm 10 10 190
i=0
echo image,caption >captions.csv
for colour in red green blue grey black white brown pink; do
    picture album/$colour.ppm $((30 * i + 1)) $((250 - 30 * i)) $((i % 2 * 190 + 1))
    printf '%s.ppm,"a ""%s"" field,\n seen"\n%s.ppm,%s here\n' $colour $colour $colour $colour >>captions.csv
    i=$((i + 1))
done
printf 'a red roof\n\nthe sea\nred here\n' >lines.txt
printf 'red here\nblue\na field\n' >labels.txt
printf 'the {}\na photo of a {}.\n' >templates.txt
small() { # train OUT.clip's model, small enough to take no time
    train --images "$in/album" --captions "$in/captions.csv" --image-tower new:vit:16x1:patch8:16 \
        --text-tower new:bert:16x1 --embed-dim 16 --batch 4 --threads 2 --val 0.25 --epochs 2 "$@"
}
quiet() { "$@" >"$work/said" 2>&1 || { echo "failed: $*"; cat "$work/said"; exit 1; }; }
quiet small -o a.clip
quiet explain a.clip photos/green.ppm x -o photos/green.png
# a JPEG, 4x3, grey
{
    printf '\377\330\377\333\0\103\0'
    for i in 1 2 3 4 5 6 7 8; do printf '\377\377\377\377\377\377\377\377'; done
    printf '\377\300\0\13\10\0\3\0\4\1\1\21\0\377\304\0\24\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\377\304\0\24\20\1\0\0\0\0\0'
    printf '\0\0\0\0\0\0\0\0\0\0\0\377\332\0\10\1\1\0\0\77\0\117\377\331'
} >photos/grey.jpg
quiet embed vit.clip --images photos/grey.jpg -o "$work/grey.npy"
cp photos/red.ppm classes/red_here && cp photos/sub/blue.ppm photos/grey.jpg classes/blue || exit 1
cp album/black.ppm album/brown.ppm album/blue.ppm album/red.ppm album/grey.ppm shades/dark
cp album/white.ppm album/pink.ppm album/green.ppm shades/light
quiet probe a.clip shades -o p.npy
quiet embed bert.clip --texts lines.txt --ids -o ids.txt
mkdir -p drawings && cp album/red.ppm drawings/1f600.png && cp album/blue.ppm drawings/2615.png || exit 1 # by content, PPM
printf 'codepoints\tname\n1f600\tgrin\n2615\ttea\n' >emoji.tsv
quiet emoji a.clip --pack emoji.clip --list emoji.tsv --images drawings
quiet clip-convert "$goldens/convert_whole.safetensors" --vocab "$goldens/convert_vocab.txt" --size 32 -o whole.clip

# ---- the jobs: job_NAME is the command, state_NAME (if any) what its folder has before ----

old() { for file in "$@"; do echo "what was there before" >"$file"; done; }
job_embed_images() { embed in/vit.clip --images in/photos --names names.txt --threads 2 -o out.npy; }
state_embed_images() { old names.txt out.npy; }
job_embed_texts() { embed in/bert.clip --texts in/lines.txt --threads 2 -o out.npy; }
state_embed_texts() { old out.npy; }
job_embed_ids() { embed in/bert.clip --texts in/lines.txt --ids; }
job_embed_tokens() { embed in/bert.clip --tokens in/ids.txt --raw -o out.npy; }
job_embed_pixels() { embed in/vit.clip --images - in/photos/grey.jpg --pixels -o - <in/photos/red.ppm; }
job_search_first() { search in/a.clip photos 'red here' --html page.html --threads 2; }
state_search_first() { cp -r "$in/photos" . && old page.html; }
job_search_again() { search in/a.clip photos --like - -k 2 <in/photos/red.ppm; }
state_search_again() { cp -r "$in/photos" . && search "$in/a.clip" photos x && cp "$in/album/pink.ppm" photos; }
job_search_page() { search in/a.clip in/photos --like in/photos/red.ppm --index old.index --html - --threads 2; }
job_duplicates() { duplicates in/a.clip photos --threshold -1 --threads 2; }
state_duplicates() { cp -r "$in/photos" .; }
job_zero_shot_one() { zero_shot in/a.clip in/photos/red.ppm --labels in/labels.txt --templates in/templates.txt --none; }
job_zero_shot_folder() { zero_shot in/a.clip in/classes --confusion table.csv --scale 3 --threads 2; }
state_zero_shot_folder() { old table.csv; }
job_zero_shot_bias() { zero_shot in/a.clip in/photos red blue --calibrate 0.5; }
job_zero_shot_list() { zero_shot in/a.clip in/photos red blue --threshold 0.9; }
job_probe_learn() { probe in/a.clip in/shades --c auto --test in/shades -o p.npy --confusion table.csv --threads 2; }
state_probe_learn() { old p.npy p.npy.txt table.csv; }
job_probe_with() { probe in/a.clip --with in/p.npy in/album --threads 2; }
job_probe_one() { probe in/a.clip --with in/p.npy in/photos/red.ppm; }
job_explain_png() { explain in/a.clip in/photos/red.ppm red blue -o out.png --map map.npy --threads 2; }
state_explain_png() { old out.png map.npy; }
job_explain_ppm() { explain in/a.clip in/photos/grey.jpg red -o -; }
job_convert_folder() { clip-convert goldens/convert_vit -o out.clip; }
state_convert_folder() { old out.clip; }
job_convert_two() { clip-convert --image goldens/convert_vit --text goldens/convert_old --embed-dim 3 -o out.clip; }
job_convert_deflated() { clip-convert goldens/convert_deflated.pth --size 32 -o -; }
job_convert_shards() { clip-convert goldens/convert_shards -o out.clip; }
job_convert_int8() { clip-convert in/whole.clip --type int8 --measure-images in/photos --measure-texts in/lines.txt -o out.clip; }
state_convert_int8() { old out.clip; }
job_convert_export() { clip-convert --export-safetensors in/whole.clip -o out.safetensors; }
state_convert_export() { old out.safetensors; }
job_convert_back() { clip-convert --export-safetensors in/whole.clip -o -; }
job_convert_info() { clip-convert --info in/whole.clip; }
job_train_new() { small -o out.clip --augment; }
state_train_new() { old out.clip out.clip.csv out.clip.svg; }
job_train_frozen() {
    train --captions in/captions.csv --images in/album --image-tower in/vit.clip --text-tower in/bert.clip \
        --freeze image,text --embed-dim 8 --epochs 1 --threads 2 --cache . -o out.clip
}
job_train_resume() { small -o out.clip --epochs 3 --resume out.clip.ckpt --memory 0; }
state_train_resume() { small -o out.clip; }
job_bench_encode() { bench in/a.clip --batch 1 --runs 1 --threads 2 --json --isa plain; }
job_bench_search() { bench in/a.clip --search 300 --runs 1 --threads 1 --isa plain; }
job_bench_train() { bench in/a.clip --train --batch 2 --runs 1 --threads 2; }
job_recall() { recall in/a.clip --captions in/captions.csv --images in/album --threads 2; }
job_emoji_pack() { emoji in/a.clip --pack out.clip --list in/emoji.tsv --images in/drawings --images in/drawings; }
state_emoji_pack() { old out.clip; }
job_emoji_words() { emoji in/emoji.clip 'red here' --sheet out.png --threads 2; }
state_emoji_words() { old out.png; }
job_minimal() { minimal in/a.clip 'a red roof'; }

# kind, how, errno (Linux)
faults="alloc once 12
alloc forever 12
open once 24
open forever 24
read once 5
read once 4
read cut 0
read pieces 0
write once 28
write forever 28
write once 4
seek once 5
close once 5
sync once 5
stat once 5
map once 12
map forever 12
rename once 13
list once 5
thread once 11
thread forever 11
lock once 12
process once 11"

# ---- a run ----

# What the job leaves for the next time, beside its output: there or not, whole, and of use.
is_kept() { case $1 in *.clip-index | old.index | .clip-*-features-* | *.ckpt | *.ckpt.1) ;; *) return 1 ;; esac; }
is_log() { [ "${1%.csv}" != "$1" ] && [ "${1#out.clip}" != "$1" ]; }   # it grows line by line, with the seconds in its last column

# same FILE A B: whether it is the same in both folders.
same() {
    if is_log "$1"; then cmp -s <(cut -d, -f1-16 "$2/$1") <(cut -d, -f1-16 "$3/$1"); else cmp -s "$2/$1" "$3/$1"; fi
}

# rows_of FILE A B: whether the log in folder A has rows of that in B, and no others: without any it would not be there yet.
rows_of() { [ "$(wc -l <"$2/$1")" -gt 1 ] && ! cut -d, -f1-16 "$2/$1" | grep -qvxFf <(cut -d, -f1-16 "$3/$1"); }

files_of() { (cd "$1" && find . -type f ! -name in ! -name goldens | sed 's,^\./,,' | sort); }

# run FOLDER JOB: status, out, err and log come beside the folder.
run() {
    rm -rf "$1" "$1".*
    cp -r "$work/state/$2" "$1"
    rm -f "$1.log"
    (cd "$1" && FAULT_LOG=$1.log LD_PRELOAD=$work/faults.so "job_$2" >"$1.out" 2>"$1.err")
    status=$?
}

# Times and rates differ from run to run.
numbers_away() { sed -E 's/[0-9][0-9.]*(e[-+]?[0-9]+)?/#/g; s/ +/ /g' "$1"; }

# What is wrong with the run in the folder; nothing if all is well.
judge() {
    local folder=$1 job=$2 whole=$work/whole/$2 file lines most
    case $status in 0 | 1) ;; *) echo "exit status $status" && return ;; esac
    grep -qx 'open 0' "$folder.log" || echo "left $(grep '^open' "$folder.log")"
    grep -q '^leaked 0 ' "$folder.log" || [ "$job" = minimal ] || grep '^leaked' "$folder.log" # minimal's returns are its end
    for file in $(files_of "$folder"); do
        case "$FAULT $job" in *' cut '*embed_t*) continue ;; esac
        if [ -e "$whole/$file" ] && same "$file" "$folder" "$whole"; then continue; fi
        if is_kept "$file" || { is_log "$file" && [ $status = 1 ] && rows_of "$file" "$folder" "$whole"; }; then continue; fi
        case $status.$job.$file in # of an epoch before: the best model so far, and the curves
        1.train_*.out.clip) clip-convert --info "$folder/$file" >/dev/null 2>&1 && continue ;;
        1.train_*.svg) [ "$(tail -n 1 "$folder/$file")" = '</svg>' ] && continue ;;
        esac
        if [ $status = 1 ] && [ -e "$work/state/$job/$file" ] && same "$file" "$folder" "$work/state/$job"; then continue; fi
        echo "$file is $([ -e "$whole/$file" ] && echo "neither the old nor the right one" || echo "left behind")"
    done
    for file in $(files_of "$work/state/$job"); do
        case $file.$FAULT in *.ckpt.1.rename*) continue ;; esac # it makes place before the rename that fails
        [ -e "$folder/$file" ] || echo "$file, which was there, is gone"
    done
    if [ $status = 0 ]; then
        case "$FAULT $job" in *' cut '*embed_ids | *' cut '*embed_t*) return ;; esac # a text that ends early is a text, too
        for file in $(files_of "$whole"); do
            [ -e "$folder/$file" ] || is_kept "$file" || echo "$file is missing, and the status is 0"
        done
        case $job in
        bench*) cmp -s <(numbers_away "$folder.out") <(numbers_away "$whole.out") || echo "another output, and the status is 0" ;;
        *) cmp -s "$folder.out" "$whole.out" || echo "another output, and the status is 0" ;;
        esac
        return
    fi
    # Lines that the run without a fault does not have.
    lines=$(grep -vxFf <(numbers_away "$whole.err" | sed '/^$/d') <(numbers_away "$folder.err") |
        grep -vxc 'train: the training goes on without it')
    case $FAULT in *forever*) most=8 ;; *) most=1 ;; esac # each picture that can't be read is named
    if [ "$lines" -lt 1 ] || [ "$lines" -gt "$most" ]; then echo "$lines lines say why"; fi
    if grep -qE 'Success|\(null\)|: *$' "$folder.err"; then echo "a line without a reason"; fi
}

# task JOB KIND HOW ERRNO: all N of it. The last line: points, runs, failures, and how many came to the right output.
task() {
    local job=$1 kind=$2 how=$3 number=$4 n calls=0 runs=0 failed=0 well=0 wrong folder=$work/run/$1.$2.$3.$4
    calls=$(sed -n "s/^calls $kind //p" "$work/whole/$job.log" | sort -n | tail -n 1)
    if [ "$how" = pieces ] && [ "$calls" -gt 1 ]; then calls=1; fi
    for ((n = 1; n <= calls; n += stride)); do
        export FAULT="$kind $how $number $n"
        run "$folder" "$job"
        wrong=$(judge "$folder" "$job")
        if [ -z "$wrong" ] && [ "$status" = 0 ]; then well=$((well + 1)); fi
        if [ -z "$wrong" ] && [[ $job == train* || $job == search* ]]; then
            cp -r "$folder" "$folder.again"
            (cd "$folder.again" && unset FAULT && "job_$job" >"$folder.again.out" 2>"$folder.again.err") || wrong="status $? when it is run again"
            for file in $(files_of "$work/whole/$job"); do
                is_kept "$file" || { [ -e "$folder.again/$file" ] && same "$file" "$folder.again" "$work/whole/$job"; } ||
                    wrong="$wrong; run again, $file is another one"
            done
            cmp -s "$folder.again.out" "$work/whole/$job.out" || [[ $job == train* ]] || wrong="$wrong; run again, it gives another output"
        fi
        runs=$((runs + 1))
        if [ -n "$wrong" ]; then
            failed=$((failed + 1))
            echo "failed: $job, FAULT=\"$FAULT\": status $status"
            echo "$wrong" | sed 's/^/    /'
            tail -n 5 "$folder.err" | cut -c 1-300 | sed 's/^/    | /'
        fi
    done
    rm -rf "$folder" "$folder".*
    echo "$calls $runs $failed $well"
}

# ---- all of them ----

jobs=("$@")
if [ $# = 0 ]; then mapfile -t jobs < <(compgen -A function | sed -n 's/^job_//p'); fi
mkdir "$work/state" "$work/whole" "$work/run" "$work/result"
for job in "${jobs[@]}"; do
    mkdir "$work/state/$job"
    (cd "$work/state/$job" && ln -s "$in" in && ln -s "$goldens" goldens &&
        if [ "$(type -t "state_$job")" ]; then "state_$job" >/dev/null 2>&1; fi)
    unset FAULT
    run "$work/whole/$job" "$job"
    if [ $status != 0 ] || [ -n "$(judge "$work/whole/$job" "$job")" ]; then
        echo "$job fails without a fault: status $status"
        judge "$work/whole/$job" "$job"
        cat "$work/whole/$job.err"
        exit 1
    fi
done

running=0
for job in "${jobs[@]}"; do
    while read -r kind how number; do
        if [ "$running" -ge "${JOBS:-$(nproc)}" ]; then wait -n && running=$((running - 1)); fi
        task "$job" "$kind" "$how" "$number" >"$work/result/$job.$kind.$how.$number" &
        running=$((running + 1))
    done <<<"$faults"
done
wait

passed=0 failed=0
declare -A points runs wells
for result in "$work"/result/*; do
    name=${result##*/} job=${name%%.*} kind=${name#*.} kind=${kind%%.*}
    read -r p r f w < <(tail -n 1 "$result")
    sed '$d' "$result"
    program=${job%%_*}
    runs[$program]=$((${runs[$program]:-0} + r)) wells[$program]=$((${wells[$program]:-0} + w))
    case $name in *.once.4 | *.forever.* | *.cut.* | *.pieces.*) ;; *)
        points[$program.$kind]=$((${points[$program.$kind]:-0} + p)) points[$kind]=$((${points[$kind]:-0} + p)) ;;
    esac
    passed=$((passed + r - f)) failed=$((failed + f))
done

# The model is cut short while it is in use: status 1, one line, the old output.
for job in embed_texts; do
    [ -e "$work/state/$job" ] || continue
    cp -r "$work/state/$job" "$work/run/cut"
    cp "$in/bert.clip" "$work/run/cut/cut.clip"
    { # 8 lines are a batch
        printf 'a\nb\nc\nd\ne\nf\ng\nh\n' && sleep 1 && : >"$work/run/cut/cut.clip" && printf 'a\nb\nc\nd\ne\nf\ng\nh\n'
    } | (cd "$work/run/cut" && embed cut.clip --texts - -o out.npy 2>../cut.err)
    status=$?
    if [ $status = 1 ] && [ "$(wc -l <"$work/run/cut.err")" = 1 ] && cmp -s "$work/run/cut/out.npy" "$work/state/$job/out.npy"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $job, the model is cut short: status $status"
        sed 's/^/    | /' "$work/run/cut.err"
    fi
done

# Standard output on a full disk: status 1, and one line.
for job in "${jobs[@]}"; do
    if [ ! -s "$work/whole/$job.out" ]; then continue; fi
    cp -r "$work/state/$job" "$work/run/full"
    (cd "$work/run/full" && "job_$job" >/dev/full 2>../full.err)
    status=$?
    if [ $status = 1 ] && grep -q 'No space left' "$work/run/full.err"; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "failed: $job >/dev/full: status $status"
        sed 's/^/    | /' "$work/run/full.err"
    fi
    rm -rf "$work/run/full"
done

for program in $(printf '%s\n' "${!runs[@]}" | sort); do
    line=
    for kind in $(sed -n '/^static const char \*const kinds/,/;/p' "$root/tests/torture/faults.c" | grep -oE '"[a-z]+"' | tr -d '"'); do
        if [ "${points[$program.$kind]:-0}" -gt 0 ]; then line="$line $kind ${points[$program.$kind]}"; fi
    done
    name=${program/convert/clip-convert} name=${name/zero/zero_shot}
    echo "FIGURE places that can fail, $name:$line; ${runs[$program]} runs, ${wells[$program]} of them with the right output all the same"
done
echo "FIGURE runs with a fault, all programs: $((passed + failed)), failures: $failed"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
