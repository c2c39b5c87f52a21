# make          builds everything into build/          make test    runs the tests
# make demo     runs the main job on what is here      make torture runs them in every other way, for hours: tests/README.md
# make install  headers, programs, manual pages and clip.pc below $(DESTDIR)$(PREFIX); make uninstall takes them away
# make clean    removes build/                         make train-demo DATA=FOLDER TEXT=FOLDER trains the model in box/ again
# Variables: CC, CFLAGS, BUILD (a folder anywhere; the sources may be read-only), PREFIX (/usr/local), DESTDIR.
BUILD ?= build
CFLAGS ?= -O2
ifeq ($(origin CC),default) # where there is no cc
CC := $(or $(firstword $(foreach c,cc gcc clang,$(if $(shell command -v $(c)),$(c)))),cc)
endif
empty :=
B := $(subst $(empty) ,\ ,$(BUILD))# as a target: a blank in it is escaped
WARN = -Wall -Wextra -Wpedantic -Wconversion -Wshadow
ALL_CFLAGS = -std=c99 $(WARN) $(CFLAGS) $(STB) -I.
LIBS = -lm -lpthread

# JPEG and PNG come through stb_image.h where it is installed (Debian: libstb-dev); without it the programs read PPM.
STB := $(shell for h in stb/stb_image.h stb_image.h; do \
	printf '\043include <%s>\n' "$$h" | $(CC) -E -xc - >/dev/null 2>&1 && echo "-DSTB_IMAGE_H='<$$h>'" && break; done)

HEADERS = clip.h clip_tokenizer.h
PROGRAMS = $(B)/clip-convert $(B)/bench $(patsubst examples/%.c,$(B)/%,$(filter-out examples/micro.c,$(wildcard examples/*.c)))
TESTS = $(patsubst tests/%.c,$(B)/%,$(wildcard tests/test_*.c))

all: $(PROGRAMS)

# Changes when stb_image.h comes or goes, so that `make` then builds again what reads pictures.
$(B)/.stb: always
	@mkdir -p "$(BUILD)"
	@[ "$$(cat "$@" 2>/dev/null)" = '$(subst ','\'',$(STB)).' ] || echo '$(subst ','\'',$(STB)).' >"$@"

$(B)/clip-convert: tools/convert.c $(HEADERS) $(wildcard tools/*.h) examples/common.h $(B)/.stb
	@mkdir -p "$(BUILD)"
	$(CC) $(ALL_CFLAGS) tools/convert.c -o "$@" $(LIBS)

$(B)/bench: tools/bench.c $(HEADERS) examples/common.h
	@mkdir -p "$(BUILD)"
	$(CC) $(ALL_CFLAGS) tools/bench.c -o "$@" $(LIBS)

$(B)/%: examples/%.c $(HEADERS) $(wildcard examples/*.h) $(B)/.stb
	@mkdir -p "$(BUILD)"
	$(CC) $(ALL_CFLAGS) $< -o "$@" $(LIBS)

# A microcontroller's program has its model as an array. The sections let the linker leave out what is not called.
MICRO_MODEL ?= $(BUILD)/micro.clip
$(B)/micro: examples/micro.c $(B)/micro_data.c $(HEADERS)
	$(CC) $(ALL_CFLAGS) -Os -ffunction-sections -fdata-sections examples/micro.c "$(BUILD)/micro_data.c" -o "$@" -lm

$(B)/micro_data.c: examples/pictures/harbor.ppm $(subst $(empty) ,\ ,$(MICRO_MODEL))
	@{ echo '#include <stddef.h>' && echo 'extern const unsigned char micro_model[], micro_picture[];' && \
		echo 'extern const size_t micro_model_size, micro_width, micro_height;' && \
		echo 'const unsigned char micro_model[] __attribute__((aligned(64))) = {' && \
		od -An -v -tu1 "$(MICRO_MODEL)" | sed 's/[0-9]\{1,\}/&,/g' && \
		echo '};' && echo 'const size_t micro_model_size = sizeof micro_model, micro_width = 64, micro_height = 64;' && \
		echo 'const unsigned char micro_picture[] = {' && tail -c 12288 $< | od -An -v -tu1 | sed 's/[0-9]\{1,\}/&,/g' && \
		echo '};'; } >"$@"

$(B)/micro.clip: $(B)/train $(B)/clip-convert
	@"$(BUILD)/train" --captions examples/pictures/captions.txt --images examples/pictures --image-tower new:vit:32x2:patch8:32 \
		--text-tower new:bert:32x1:context16 --embed-dim 16 --head linear --loss infonce --rate-image 2e-3 --rate-text 2e-3 \
		--rate-heads 2e-3 --batch 12 --epochs 60 --val 0 -o "$(BUILD)/micro_f32.clip" >"$@.log" 2>&1 || { cat "$@.log"; exit 1; }
	@"$(BUILD)/clip-convert" "$(BUILD)/micro_f32.clip" --type int8 -o "$@" >>"$@.log" 2>&1 || { cat "$@.log"; exit 1; }

$(B)/cpp: examples/cpp.cpp $(HEADERS)
	@mkdir -p "$(BUILD)"
	$(CXX) -std=c++11 $(WARN) $(CFLAGS) -I. examples/cpp.cpp -o "$@" $(LIBS)

$(B)/test_%: tests/test_%.c $(wildcard tests/*.h) $(HEADERS) $(wildcard tools/*.[ch] examples/*.[ch]) $(B)/.stb
	@mkdir -p "$(BUILD)"
	$(CC) $(ALL_CFLAGS) $< -o "$@" $(LIBS)

$(B)/test_tiles $(B)/test_tiles_backward: tests/test_ops.c tests/test_backward.c tests/tiles.h

# The two programs that are no part of `make`: one trains its model first, the other needs a compiler for C++.
EXAMPLES = $(B)/micro $(if $(shell command -v $(firstword $(CXX))),$(B)/cpp)

test: all $(EXAMPLES) $(TESTS)
	@BUILD="$(BUILD)" sh tests/run.sh $(TESTS)

torture: all
	@BUILD="$(BUILD)" bash tests/torture.sh

# Words find emoji, by the model in box/, which also draws them. With MODEL=... and DIR=... words find the pictures of a folder.
# Where there is no box, a small model is trained first, from nothing and within seconds, on the twelve pictures in examples/.
DIR ?= examples/pictures
BOX = $(if $(MODEL),,$(wildcard box/emoji.clip))
DEMO_MODEL = $(or $(MODEL),$(BUILD)/demo.clip)
WORDS = '$(subst ','\'',$(value QUERY))'# as it was typed: neither make nor the shell looks into it
unexport QUERY

demo: $(B)/clip-convert $(if $(BOX),$(B)/emoji,$(B)/search $(if $(MODEL),,$(B)/train))
ifneq ($(BOX),)
	@$(if $(filter command,$(origin DIR)),echo "make demo: DIR needs MODEL=a .clip whose pictures are photos" >&2; exit 2,:)
	@"$(BUILD)/clip-convert" --info "$(BOX)" | sed '/^$$/,$$d'
	"$(BUILD)/emoji" "$(BOX)" --sheet "$(BUILD)/demo.png" \
		$(if $(value QUERY),-- $(WORDS),"celebrate with friends" "time to go to bed" "it lives in the sea")
	@echo "Their drawings: $(BUILD)/demo.png"
	$(if $(value QUERY),,@"$(BUILD)/emoji" "$(BOX)" --sheet "$(BUILD)/demo.png")
else
	@test -n "$(MODEL)" || echo "Learning twelve pictures by heart ..."
	@test -n "$(MODEL)" || "$(BUILD)/train" --captions examples/pictures/captions.txt --images examples/pictures \
		--image-tower new:vit:64x2:patch8:32 --text-tower new:bert:64x2 --embed-dim 32 --loss infonce --rate-image 1e-3 \
		--rate-text 1e-3 --batch 12 --epochs 60 --val 0 -o "$(BUILD)/demo.clip" >"$(BUILD)/demo.log" 2>&1 || \
		{ cat "$(BUILD)/demo.log"; exit 1; }
	@"$(BUILD)/clip-convert" --info "$(DEMO_MODEL)" | sed '/^$$/,$$d'
	"$(BUILD)/search" "$(DEMO_MODEL)" $(if $(MODEL),,--index "$(BUILD)/demo.index") --html "$(BUILD)/demo.html" \
		"$(DIR)" -- $(if $(value QUERY),$(WORDS),"boats in the harbor")
	@echo "The same as a page: $(BUILD)/demo.html"
endif

# Makes the box again, in an hour and more: DATA and TEXT are said in the script.
DATA ?= ../shared/data
train-demo: all
	sh tools/train_demo.sh "$(DATA)" "$(BUILD)" "$(TEXT)" "$(BUILD)/train-demo" box

install: all
	@BUILD="$(BUILD)" PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" sh tools/install.sh

uninstall:
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" sh tools/install.sh --uninstall

clean:
	rm -rf "$(BUILD)"

.PHONY: all always test torture demo train-demo install uninstall clean
