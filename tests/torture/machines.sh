#!/bin/bash
# clip.h on every machine that can be had here: x86-64 by gcc, clang, musl and tcc, i386, 64-bit and 32-bit ARM, RISC-V, POWER,
# big-endian s390x, and Windows; what this CPU can't run is run by qemu, Windows' programs by Wine. On each
#     - everything builds without a warning, and the tests pass;
#     - .clip files of all types that were made on x86-64 pass their self-tests, and those that it makes pass on x86-64;
#     - it writes the same bytes as x86-64: .clip files, but for the vectors of their self-tests, which it computes itself, and
#       exports to safetensors, without exception;
#     - a training that was begun there goes on on x86-64;
#     - where memory ends at 4 GB, a file that is larger is refused in one line.
# Needs, of Debian: gcc clang musl-tools tcc gcc-i686-linux-gnu gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf
# gcc-riscv64-linux-gnu gcc-powerpc64le-linux-gnu gcc-s390x-linux-gnu qemu-user gcc-mingw-w64-x86-64 wine64. (Not gcc-multilib,
# which conflicts with the cross compilers.) A machine whose compiler or emulator is missing is SKIPPED.
#     MACHINES="i386 windows"     some of them
#     BUILD=build                 a test that passed is not run again while what it is made of is the same: BUILD/machines says
#                                 which, so that all of them can be had in several runs
#     SHORT=1                     i386, Windows and s390x; of the tests the resizing of pictures alone (on i386 the models, too);
#                                 six conversions instead of 35; no training on s390x
# POWER and RISC-V have no kernels of their own in clip.h, nor has 32-bit ARM, which runs plain C; NEON is run on aarch64, with
# its dot product and bf16.
set -u
cd "$(dirname "$0")/../.." || exit 1
export SHORT=${SHORT:-} BUILD=${BUILD:-build}
WARN="-Wall -Wextra -Wpedantic -Wconversion -Wshadow"
goldens=tests/goldens

# machine NAME: how it builds and runs; `tests` of the long form. 1 if there is no such name.
machine() {
    flags="-static" run="" end="" tests="image tokenizer models ops backward convert"
    case $1 in
    x86-64-gcc) cc=gcc flags="" tests="$tests train programs" ;;
    x86-64-clang) cc=clang flags="" tests="$tests train programs numbers" ;;
    x86-64-musl) cc=musl-gcc tests="$tests train programs numbers" ;;
    x86-64-tcc) cc=tcc flags="" ;; # knows no vector units
    i386) cc=i686-linux-gnu-gcc tests="$tests train programs numbers emoji" ;; # of the x87's excess precision; sizes of 32 bits
    aarch64) cc=aarch64-linux-gnu-gcc run=qemu-aarch64 tests="$tests train" ;;
    armhf) cc=arm-linux-gnueabihf-gcc run=qemu-arm ;;
    riscv64) cc=riscv64-linux-gnu-gcc run=qemu-riscv64 ;;
    ppc64le) cc=powerpc64le-linux-gnu-gcc run=qemu-ppc64le ;;
    s390x) cc=s390x-linux-gnu-gcc run=qemu-s390x tests="$tests train" ;;
    windows) cc=x86_64-w64-mingw32-gcc end=.exe run=$(command -v wine64 || echo /usr/lib/wine/wine64) tests="image tokenizer models ops backward" ;; # mkdtemp, wait
    *) return 1 ;;
    esac
    [ -z "$SHORT" ] || case $1 in i386) tests="image models" ;; *) tests=image ;; esac
    # As a user's `cc -O2` builds it: then gcc contracts a * b + c on these machines, and lets the x87 keep more bits.
    case $1 in i386 | aarch64 | riscv64 | ppc64le | s390x) tests="$tests image:gnu" ;; esac
    [ -n "$SHORT" ] || case $1 in i386 | aarch64) tests="$tests models:gnu train:gnu" ;; esac
}

passed=0 failed=0
pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    printf 'FAILED: %s: %s\n' "$name" "$*"
}

# build SOURCE PROGRAM: without a word of the compiler's.
build() {
    local standard=-std=c99
    case $2 in *:gnu) standard=-std=gnu17 ;; esac
    # shellcheck disable=SC2086
    if $cc $standard -O2 $WARN -I. $flags "$1" -o "$W/$2$end" -lm -lpthread >"$W/log" 2>&1 && [ ! -s "$W/log" ]; then pass; else
        fail "$1 does not build without a warning: $(grep -m 1 -E 'warning|error' "$W/log" || head -n 1 "$W/log")"
        [ -e "$W/$2$end" ]
    fi
}

# on PROGRAM ARGUMENT...: runs it there.
on() {
    local program=$W/$1$end
    shift
    $run "$program" "$@"
}

# The files that every machine makes, into the folder $1, by clip-convert as $2...
make_files() {
    local to=$1 s t
    shift
    mkdir -p "$to"
    for s in $(sources); do
        "$@" $goldens/convert_"$s" -o "$to/$s.clip" && "$@" --export-safetensors "$to/$s.clip" -o "$to/$s.safetensors" || return 1
    done
    for s in $(narrowed); do
        for t in f16 bf16 int8 q4; do "$@" $goldens/"$s".clip --type $t -o "$to/$s.$t.clip" || return 1; done
    done
}
sources() { [ -n "$SHORT" ] && echo vit whole.safetensors || echo bert vit old shards whole.safetensors checkpoint.pth half.pth bfloat.pt double.bin zip64.pth deflated.pth; }
narrowed() { [ -n "$SHORT" ] && echo train_clip_vit || echo train_clip_vit train_clip_resnet bert resnet_bottleneck train_siglip train_dual; }

# learn FOLDER EPOCHS PROGRAM...: a small model of twelve pictures.
learn() {
    local to=$1 epochs=$2
    shift 2
    "$@" --captions examples/pictures/captions.txt --images examples/pictures --image-tower new:vit:32x2:patch16:32 \
        --text-tower new:bert:32x2 --embed-dim 32 --loss infonce --batch 12 --val 0 --threads 1 --epochs "$epochs" -o "$to/learnt.clip"
}

# A checksum of what a test is made of on this machine: the compiler, the headers, the test, and tools and programs where
# it runs them, but for comments and blanks; and the goldens.
about() {
    local f of files="clip.h clip_tokenizer.h tests/*.h tests/test_${1%:gnu}.c"
    case $1 in convert | programs | numbers | emoji) files="$files tools/*.h tools/convert.c" ;; esac
    case $1 in programs | numbers | emoji) files="$files examples/*.[ch]" ;; esac
    of=$({
        for f in $files; do gcc -fpreprocessed -dD -E -P "$f" 2>/dev/null; done | tr -d '[:space:]'
        find $goldens -type f -print0 | LC_ALL=C sort -z | xargs -0 cat
    } | cksum)
    echo "$cc:${of%% *}"
}

# All of one machine. Ends with a line "N passed, N failed".
one() {
    local t log line n kept of of_had begun=$SECONDS equal=0 but=0 other=0 file said
    name=$1 W=$WORK/$1
    mkdir -p "$W"
    machine "$name"
    if ! command -v "$cc" >/dev/null || { [ -n "$run" ] && ! command -v "$run" >/dev/null; }; then
        echo "SKIPPED: $name: $cc${run:+ or $run} is not installed"
        echo "0 passed, 0 failed"
        return
    fi
    if [ "$name" = windows ]; then export WINEPREFIX=$W/wine WINEDEBUG=-all; fi
    echo 'int main(void) { return 0; }' >"$W/try.c"
    # shellcheck disable=SC2086
    if ! { $cc $flags "$W/try.c" -o "$W/try$end" && on try; } >/dev/null 2>&1; then
        if [ "$name" = i386 ] && command -v qemu-i386 >/dev/null; then run=qemu-i386; else
            echo "SKIPPED: $name: $cc makes nothing that ${run:-this machine} runs"
            echo "0 passed, 0 failed"
            return
        fi
    fi

    # files
    build tests/torture/machines.c machines || return
    log=$(on machines check $goldens/[!h]*.clip "$WORK"/x86-64/*.clip 2>&1) && pass || fail "self-tests: $log"
    echo "FIGURE $name, self-tests of files made on x86-64 that pass: $(tail -n 1 <<<"$log" | tr -d '\r')"
    build tools/convert.c clip-convert || return
    make_files "$W/made" on clip-convert >"$W/log" 2>&1 && pass || fail "clip-convert: $(tail -n 1 "$W/log")"
    for file in "$WORK"/x86-64/*.clip "$WORK"/x86-64/*.safetensors; do
        if cmp -s "$file" "$W/made/${file##*/}"; then said="same bytes"; else
            case $file in *.clip) said=$("$WORK/machines" same "$file" "$W/made/${file##*/}") ;; *) said="other bytes" ;; esac
        fi
        case $said in
        "same bytes") pass && equal=$((equal + 1)) ;;
        "same but for the self-test's vectors") pass && but=$((but + 1)) ;;
        *) fail "${file##*/} is not what x86-64 makes: $said" && other=$((other + 1)) ;;
        esac
    done
    echo "FIGURE $name, files that are x86-64's: $equal same bytes, $but but for the self-test's vectors, $other not"
    log=$("$WORK/machines" check "$W"/made/*.clip) && pass || fail "its files on x86-64: $log"
    echo "FIGURE $name, self-tests of its files that pass on x86-64: $(tail -n 1 <<<"$log")"

    # a training, begun here and ended on x86-64; and one of x86-64's
    if [ "$name" != x86-64-tcc ] && { [ -z "$SHORT" ] || [ "$name" != s390x ]; } && build examples/train.c train; then
        mkdir -p "$W/half"
        if learn "$W" 1 on train >"$W/log" 2>&1 && learn "$W/half" 2 "$WORK/train" --resume "$W/learnt.clip.ckpt" >"$W/log" 2>&1 &&
            "$WORK/machines" check "$W/learnt.clip" "$W/half/learnt.clip" >"$W/log" &&
            learn "$W" 2 on train --resume "$WORK/learnt.clip.ckpt" >"$W/log" 2>&1; then pass; else fail "training: $(tail -n 1 "$W/log")"; fi
    fi

    # more than its memory can be
    case $name in i386 | armhf)
        cp $goldens/bert.clip "$W/large.clip" && truncate -s 5G "$W/large.clip"
        log=$(on clip-convert --info "$W/large.clip" 2>&1)
        if [ $? -eq 1 ] && [ "$(wc -l <<<"$log")" -eq 1 ] && grep -q 'large.clip.*too large' <<<"$log"; then pass; else
            fail "a file of 5 GB: $log"
        fi
        rm -f "$W/large.clip"
        ;;
    esac

    # programs
    if [ "$name" = windows ]; then
        for t in embed search zero_shot minimal; do build examples/$t.c $t; done
        if on embed "$W/learnt.clip" --images examples/pictures -o - 2>"$W/log" >"$W/piped.npy" &&
            on embed "$W/learnt.clip" --images examples/pictures -o "$W/file.npy" 2>"$W/log" && cmp "$W/piped.npy" "$W/file.npy" &&
            [ "$(wc -c <"$W/file.npy")" -eq $((128 + 12 * 32 * 4)) ] && # no line feed became two bytes
            on search "$W/learnt.clip" examples/pictures "boats" --index "$W/index" --html "$W/page.html" 2>"$W/log" | grep -q '^-\{0,1\}0\.[0-9]\{4\}  .*ppm' &&
            grep -q 'src="[^"]*examples/pictures/' "$W/page.html" &&
            on zero_shot "$W/learnt.clip" examples/pictures/harbor.ppm boats trees 2>"$W/log" | grep -q boats; then pass; else
            fail "embed, search and zero_shot: $(tail -n 1 "$W/log")"
        fi
    fi

    # tests
    mkdir -p "$W/tmp"
    case " $tests " in *" programs "*)
        for t in embed search zero_shot probe explain recall emoji; do build examples/$t.c $t; done
        ;;
    esac
    for t in $tests; do
        kept=$BUILD/machines/$name.$t of=$(about "$t")
        if [ -z "$SHORT" ] && read -r of_had line 2>/dev/null <"$kept" && [ "$of" = "$of_had" ]; then
            passed=$((passed + 1 + ${line%% *}))
        else
            build "tests/test_${t%:gnu}.c" "test_$t" || continue
            log=$(TMPDIR=$W/tmp BUILD=$W on "test_$t" 2>&1)
            n=$?
            line=$(tail -n 1 <<<"$log" | tr -d '\r')
            case $line in
            *" passed, 0 failed")
                if [ $n -ne 0 ]; then fail "test_$t ends with status $n"; else
                    passed=$((passed + ${line%% *}))
                    [ -n "$SHORT" ] || { mkdir -p "$BUILD/machines" && echo "$of $line" >"$kept"; }
                fi
                ;;
            *) fail "test_$t: $(head -n 5 <<<"$log") ... $line" ;;
            esac
            rm -f "$W/test_$t$end"
        fi
        echo "FIGURE $name, test_${t/:/ }: $line"
    done
    echo "FIGURE $name: $passed passed, $failed failed on $(date +%Y-%m-%d), in $((SECONDS - begun)) s"
    echo "$passed passed, $failed failed"
}

if [ "${1:-}" = --one ]; then
    one "$2" >"$WORK/$2.result" 2>&1
    exit 0
fi

WORK=$(mktemp -d) || exit 1
export WORK
trap 'rm -rf "$WORK"' EXIT
name=x86-64 W=$WORK cc=gcc flags="" run="" end=""
build tests/torture/machines.c machines && build tools/convert.c clip-convert && build examples/train.c train &&
    make_files "$WORK/x86-64" "$WORK/clip-convert" >"$WORK/log" 2>&1 &&
    learn "$WORK" 1 "$WORK/train" >"$WORK/log" 2>&1 || { fail "$(tail -n 1 "$WORK/log")" && echo "$passed passed, $failed failed" && exit 1; }
if [ -n "$SHORT" ]; then all="s390x i386 windows"; else
    all="s390x armhf riscv64 ppc64le aarch64 windows i386 x86-64-gcc x86-64-clang x86-64-musl x86-64-tcc"
fi
for m in ${MACHINES:-$all}; do machine "$m" || { echo "no machine $m" && exit 2; }; done
# shellcheck disable=SC2086
printf '%s\n' ${MACHINES:-$all} | xargs -P "${JOBS:-$(nproc)}" -n 1 bash "tests/torture/${0##*/}" --one
for m in ${MACHINES:-$all}; do
    sed '$d' "$WORK/$m.result"
    line=$(tail -n 1 "$WORK/$m.result")
    case $line in
    *" passed, "*" failed") passed=$((passed + ${line%% *})) line=${line##*, } failed=$((failed + ${line%% *})) ;;
    *) name=$m && fail "ends with: $line" ;;
    esac
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
