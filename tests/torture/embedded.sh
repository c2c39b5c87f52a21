#!/bin/sh
# Whether the headers suit a small machine: no recursion, no array of variable length, no large frame, nothing static that is
# written, no files and no heap but where they are asked for, and how much code there is.
#     sh tests/torture/embedded.sh       BUILD=build with clip-convert in it, JOBS=2; SHORT=1 leaves nothing out
# Lines "FIGURE what: value", and at the end one, "N passed, N failed".
root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
BUILD=$(cd "${BUILD:-$root/build}" && pwd)
here=$root/tests/torture goldens=$root/tests/goldens arm=arm-linux-gnueabihf-gcc
small="-DCLIP_NO_SIMD -DCLIP_NO_THREADS -DCLIP_NO_STDIO"
pass() { echo pass; }
fail() { echo "FAILED: $*"; }
figure() { echo "FIGURE $*"; }
has() { command -v "$1" >/dev/null; }

# build COMPILER FLAG...: sizes are of code and tables, not of what a debugger unwinds the stack by, nor of relocations.
build() {
    case $1 in
    arm*) "$@" -mthumb -std=c99 -I"$root" -fno-asynchronous-unwind-tables -fno-pic ;;
    *) "$@" -std=c99 -I"$root" -fno-asynchronous-unwind-tables -fno-pic ;;
    esac
}
text() { size "$1" | awk 'NR == 2 { print $1 }'; }

# ---- everything in one object: frames, and what is static ----

frames() {
    cc=$1 largest=0 writable=0
    for how in "-O2" "-Os $small" "-O2 $small -DCLIP_NO_BPE" "-O0 $small" "-O0"; do
        case $cc$how in arm*-O2* | arm*-O0) continue ;; esac
        if build "$cc" $how -Wvla -Walloca -Werror -fstack-usage -c ../all.c -o all.o 2>log; then pass
        else fail "$cc $how: an array of variable length or alloca" && head -n 9 log && continue; fi
        # function, bytes, "static", "dynamic,bounded" (aligned anew) or "dynamic" (no telling)
        frame=$(awk -F '\t' '$3 == "dynamic" { unknown = $1 } $2 + 0 > most { most = $2 + 0; who = $1 }
            END { sub(/.*:/, "", who); print unknown ? "unknown " unknown : most + 0 " " who }' all.su)
        bytes=${frame%% *}
        if [ "$how" = -O0 ]; then # every step of a kernel has its own place there
            figure "largest stack frame without optimisation, $cc: $bytes bytes (${frame#* })"
        elif [ "$bytes" -gt 64 ] && [ "$bytes" -le 16384 ]; then
            pass
            [ "$bytes" -le "$largest" ] || largest=$bytes whose="${frame#* }, $how"
        else fail "$cc $how: a frame of $frame, above 16 KB"; fi
        bytes=$(size -A all.o | awk '$1 ~ /^\.t?(data|bss)/ && $1 !~ /rel\.ro/ { n += $2 } END { print n + 0 }')
        writable=$((writable + bytes))
        [ "$bytes" = 0 ] && pass || { fail "$cc $how: $bytes bytes are static and written" && nm -S all.o | grep -i ' [bdc] '; }
    done
    figure "largest stack frame, $cc: $largest bytes ($whose)"
    figure "static writable bytes, $cc: $writable"
}

# ---- the call graph ----

graph() {
    for how in "-O0" "-O2" "-Os $small"; do
        build clang $how -S -emit-llvm ../all.c -o all.ll && build clang $how -fstack-usage -c ../all.c -o all.o || fail "clang $how"
        awk -f "$here/callgraph.awk" all.ll | sort -u >edges
        edges=$(($(wc -l <edges)))
        if grep '^?' edges; then fail "clang $how: a call that is not understood"; else pass; fi
        awk '$1 == $2 { print $1 " calls itself" }' edges >log # which tsort has nothing against
        if [ $edges -gt 300 ] && tsort edges >/dev/null 2>>log && [ ! -s log ]; then pass; else fail "clang $how: recursion:" && cat log; fi
        if [ "$how" = -O0 ]; then
            figure "recursive functions: $(($(wc -l <log))) of $(grep -c '^define' all.ll), with $edges calls between them"
            continue
        fi
        awk '
            FILENAME == "all.su" { split($0, part, "\t"); n = split(part[1], name, ":"); own[name[n]] = part[2]; next }
            { calls[$1] = calls[$1] " " $2 }
            function deep(f,    i, n, part, most) { # and 8 for the address to return to
                if (f in memo) return memo[f]
                n = split(calls[f], part, " ")
                for (i = 1; i <= n; i++) if (deep(part[i]) > most) most = deep(part[i])
                return memo[f] = most + own[f] + 8
            }
            END { for (f in own) if (f ~ /^clip_[a-z]/) print deep(f), f }' all.su edges | sort -n >deep
        most=$(tail -n 1 deep)
        if [ "${most%% *}" -gt 1000 ] && [ "${most%% *}" -le 32768 ]; then pass; else fail "clang $how: a stack of $most, above 32 KB"; fi
        for f in clip_model_load_memory clip_context_init clip_encode_images clip_encode_texts clip_tokenizer_encode clip_selftest \
            clip_trainer_step "${most#* }"; do
            figure "stack at most, clang $how, $f: $(awk -v f="$f" '$2 == f { print $1 }' deep) bytes"
        done
    done
}

# ---- the same measured, with what the C library takes ----

# words FILE: its bytes as C, at the alignment of a number.
words() {
    printf '#include <stddef.h>\n#include <stdint.h>\nextern const uint32_t model[];\nextern const size_t model_size;\n'
    printf 'const size_t model_size = %d;\nconst uint32_t model[] = {' "$(($(wc -c <"$1")))"
    od -A n -v -t x4 "$1" | sed 's/ *\([0-9a-f]\{8\}\)/0x\1u,/g'
    echo '};'
}

painted() {
    build gcc -O2 -DSTACK -c "$here/embedded.c" -o stack.o || fail "STACK does not build"
    for model in vit_cls resnet_basic bert train_clip_vit; do
        build gcc stack.o ../$model.c -no-pie -o stack -lm -lpthread || fail "$model"
        for isa in '' plain; do
            ./stack $isa >>painted || { fail "the stack's depth: $model" && tail -n 1 painted; }
        done
    done
    awk '$2 > most[$1] { most[$1] = $2 } END { for (f in most) print f, most[f] }' painted | sort >deep
    while read -r f n; do
        figure "stack measured, gcc -O2, $f: $n bytes"
        if [ "$n" -gt 0 ] && [ "$n" -le 32768 ]; then pass; else fail "$f took $n bytes of stack"; fi
    done <deep
    [ "$(wc -l <deep)" = 7 ] && pass || fail "7 calls were to be measured"
}

# ---- without files, heap and threads: it runs, and what it needs ----

in_memory() {
    cc=$1 run=
    case $cc in arm*)
        has qemu-arm || { echo "SKIPPED: qemu-arm is not installed" && return; }
        run="qemu-arm -L /usr/arm-linux-gnueabihf" ;;
    esac
    build "$cc" -Os $small -DCLIP_STATIC -DCLIP_NO_BPE -DCHECK -c "$here/embedded.c" -o check.o
    for model in vit_cls resnet_basic bert train_clip_vit; do
        build "$cc" check.o ../$model.c -no-pie -o check -lm && $run ./check
        status=$?
        [ $status = 0 ] && pass || fail "$cc: $model in memory gives $status"
    done
}

no_bpe() {
    if [ -x "$BUILD/clip-convert" ] && "$BUILD/clip-convert" "$goldens/family/clip" -o bpe.clip >log 2>&1; then
        words bpe.clip >bpe.c
        build gcc -Os $small -DCLIP_STATIC -DCLIP_NO_BPE -DBPE "$here/embedded.c" bpe.c -no-pie -o bpe -lm && ./bpe
        status=$?
        [ $status = 0 ] && pass || fail "a model with BPE under CLIP_NO_BPE: $status"
    else fail "$BUILD/clip-convert can't make a model with BPE: $(tail -n 1 log)"; fi
}

# What an object needs of the C library: no file, no heap (CLIP_MALLOC is the program's), no clock, no locale. snprintf and
# vsnprintf are for messages and names; they write to memory.
allowed=" erff exp expf floor floorf fmax fmaxf fmin lrintf log memchr memcmp memcpy memmove memset snprintf sqrt sqrtf strcmp strlen tanhf vsnprintf "
needs() { # PART OBJECT
    needs=$(nm -u "$2" | awk '$2 !~ /^model/ { print $2 }' | sort | xargs)
    others=
    for s in $needs; do case $allowed in *" $s "*) ;; *) others="$others $s" ;; esac done
    [ -n "$needs" ] && [ -z "$others" ] && pass || fail "$1 needs$others"
    figure "C library, $1: $needs"
}

# ---- the size of the code ----

# What a program has of the library by the linker's choice among sections, beyond what an empty program has.
linked() {
    build "$cc" -Os $small -ffunction-sections -fdata-sections -Wl,--gc-sections "$@" ../begin.c -no-pie -o program -lm && text program
}
sizes() {
    cc=$1
    echo 'int main(void) { return 0; }' >empty.c
    sed 's/.*tokenizer.*//' ../all.c >untold.c
    empty=$(linked empty.c)
    for part in IMAGE IDS "TEXT -DCLIP_NO_BPE" TEXT "USE -DCLIP_NO_BPE" USE; do
        build "$cc" -Os $small -DCLIP_STATIC -D$part -c "$here/embedded.c" -o part.o || fail "$part"
        bytes=$(text part.o)
        figure "code, $cc -Os, $part: $bytes bytes with CLIP_STATIC, $(($(linked -Wl,-u,run -D$part "$here/embedded.c") - empty)) linked"
        case $part in IMAGE | IDS | TEXT*NO_BPE)
            if [ "$bytes" -gt 9999 ] && [ "$bytes" -le 65536 ]; then pass; else fail "$cc: $part has $bytes bytes of code"; fi ;;
        esac
        case $cc$part in gccIMAGE | gccIDS | gccTEXT | gccUSE) needs "$part" part.o ;; esac
    done
    build "$cc" -Os $small -c untold.c -o part.o
    figure "code, $cc -Os, everything but the tokenizer: $(text part.o) bytes"
    build "$cc" -Os $small -c ../all.c -o part.o
    figure "code, $cc -Os, everything: $(text part.o) bytes"
}

if [ "$1" = --part ]; then # one of the above, in a folder of its own
    cd "$WORK" && mkdir "$2.$3" && cd "$2.$3" && "$2" "$3" >../"$2.$3.out" 2>&1 || echo "FAILED: $2 $3" >>../"$2.$3.out"
    exit 0
fi

WORK=$(mktemp -d) || exit 1
export WORK
trap 'rm -rf "$WORK"' EXIT
compilers=gcc parts="painted gcc no_bpe gcc"
if has clang; then compilers="gcc clang" parts="graph clang $parts"; else echo "SKIPPED: clang is not installed: no call graph"; fi
if has $arm; then compilers="$compilers $arm"; else echo "SKIPPED: $arm is not installed"; fi
for cc in $compilers; do parts="frames $cc sizes $cc in_memory $cc $parts"; done

printf '#define CLIP_IMPLEMENTATION\n#include "clip_tokenizer.h"\n#include "clip.h"\n' >"$WORK/all.c"
for model in vit_cls resnet_basic bert train_clip_vit; do words "$goldens/$model.clip" >"$WORK/$model.c"; done
dd if="$goldens/bert.clip" bs=64 count=1 of="$WORK/begin" 2>/dev/null && words "$WORK/begin" >"$WORK/begin.c"
printf '%s %s\n' $parts | xargs -P "${JOBS:-$(getconf _NPROCESSORS_ONLN)}" -n 2 sh "$here/embedded.sh" --part
cat "$WORK"/*.out >"$WORK/results"
grep -v '^pass$' "$WORK/results"
passed=$(grep -c '^pass$' "$WORK/results") failed=$(grep -c '^FAILED' "$WORK/results")
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
