// test_search.c - programs among others: folders that change while they are read, several programs that write the same
// file, what is left when one is killed, streams that are closed, and pipes that nobody reads.
#define _XOPEN_SOURCE 700
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "search"
#include "examples/common.h"

static void (*change)(void); // what happens to the folder when it was listed, before the first picture is read

static size_t load_changed(clip_context *clip, loading *batch, size_t n, size_t threads, size_t side,
                           unsigned char *pixels) {
    if (change) change(), change = NULL;
    return pictures_load(clip, batch, n, threads, side, pixels);
}
#define pictures_load load_changed
#define main search_main
#include "examples/search.c"
#undef main
#include "tests/test.h"
#include "tests/programs.h"
#include <sys/socket.h>
#include <sys/un.h>

// The number in the shell's commands of a pipe that nobody reads any more.
#define BROKEN "9"

// Runs search's main() in a process of its own, in the test's folder, as somebody who is not root, and `changes` it on
// the way. Returns its exit status.
static int search_with(void (*changes)(void), const char *words) {
    char line[512], *argv[32], *next;
    int argc = 0, status;
    snprintf(line, sizeof line, "%s", words);
    for (char *word = strtok_r(line, " ", &next); word; word = strtok_r(NULL, " ", &next)) argv[argc++] = word;
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        if (chdir(folder) || !freopen("out", "w", stdout) || !freopen("err", "w", stderr)) _exit(99);
        if (geteuid() == 0 && (setgid(65534) || setuid(65534))) _exit(98);
        change = changes;
        alarm(300); // what waits for ever is killed
        exit(search_main(argc, argv));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) return -1;
    read_text("out", out, sizeof out);
    read_text("err", err, sizeof err);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define SEARCH(status, changes, words)                                                    \
    do {                                                                                  \
        int got = search_with(changes, words);                                            \
        CHECK(got == (status), "search %s: exit status %d\n%s%s", words, got, out, err);  \
    } while (0)

// Twenty pictures, album/00.ppm to 19.ppm, and no index, in a folder that anybody may change.
static void make_pictures(void) {
    EXPECT(0, "chmod 755 . && rm -rf album away && mkdir -m 777 album away");
    for (unsigned i = 0; i < 20; i++) {
        char name[64];
        snprintf(name, sizeof name, "album/%02u.ppm", i);
        write_picture(name, 12 * i, 255 - 12 * i, i % 3 * 80);
    }
    write_picture("query.ppm", 90, 100, 160);
}

// What a search finds that knows nothing of before; it is in `out`.
static void search_anew(const char *words) {
    char line[256];
    snprintf(line, sizeof line, "%s --index anew --rebuild", words);
    SEARCH(0, NULL, line);
    EXPECT(0, "rm -f anew");
}

// ------------------------------------------------------------------------------------------- a folder that changes

static void shell(const char *command) {
    if (system(command)) _exit(97);
}

static void everything_changes(void) {
    struct sockaddr_un address = {0};
    const int s = socket(AF_UNIX, SOCK_STREAM, 0);
    address.sun_family = AF_UNIX;
    strcpy(address.sun_path, "album/06.ppm");
    shell(
        "cd album && rm 01.ppm && printf 'P6 20 10 255\nab' >02.ppm && cp 19.ppm new.ppm && mv new.ppm 03.ppm && "
        "rm 04.ppm && mkfifo 04.ppm && rm 05.ppm && mkdir 05.ppm && rm 06.ppm && rm 07.ppm && ln -s nowhere 07.ppm && "
        "chmod 0 08.ppm && printf more >>09.ppm && mv 10.ppm other.ppm && cp 18.ppm 20.ppm && rm 11.ppm && "
        "ln -s /dev/zero 11.ppm");
    if (s < 0 || bind(s, (struct sockaddr *)&address, sizeof address)) _exit(96);
}

static void a_folder_may_change_while_it_is_indexed(void) {
    static const struct {
        const char *name, *why;
    } bad[] = {{"01", "No such file"}, {"02", "a PPM that is cut short"}, {"04", "not a file"},
               {"05", "not a file"},   {"06", "No such device"},           {"07", "No such file"},
               {"08", "Permission"},   {"10", "No such file"},            {"11", "not a file"}};
    char line[256];
    make_pictures();
    EXPECT(0, "chmod 666 album/*");
    if (geteuid() == 0) EXPECT(0, "chown -R 65534 album");
    SEARCH(0, everything_changes, "search vit.clip album --like query.ppm -k 99 --threads 2");
    CHECK(count_lines(out) == 11 && strstr(err, "9 of 20 pictures can't be read"), "%s%s", out, err);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(line, sizeof line, "album/%s.ppm: %s", bad[i].name, bad[i].why);
        CHECK(strstr(err, line), "%s: %s", line, err);
        snprintf(line, sizeof line, "album/%s.ppm\n", bad[i].name);
        CHECK(!strstr(out, line), "%s is found: %s", line, out);
    }
    // What came is found the next time, what was replaced is embedded as it is, and neither hangs at what is no file.
    SEARCH(0, NULL, "search vit.clip album --like query.ppm -k 99");
    CHECK(count_lines(out) == 13 && strstr(out, "other.ppm") && strstr(out, "20.ppm"), "%s%s", out, err);
    EXPECT(0, "cp out first");
    search_anew("search vit.clip album --like query.ppm -k 99");
    EXPECT(0, "cmp out first || diff out first");
}

static void one_goes(void) { shell("mv album/03.ppm away/"); }
static void one_is_another(void) { shell("mv album/03.ppm away/ && cp album/15.ppm album/03.ppm"); }
static void one_is_closed(void) { shell("chmod 0 album/03.ppm"); }

// Of a picture that is away for a moment nothing wrong is kept, even if it comes back as it was, size and time.
static void what_is_away_for_a_moment_is_found_again(void) {
    static const struct {
        void (*goes)(void);
        const char *comes;
    } cases[] = {{one_goes, "mv away/03.ppm album/"},
                 {one_is_another, "mv away/03.ppm album/"},
                 {one_is_closed, "chmod 666 album/03.ppm"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_pictures();
        if (geteuid() == 0) EXPECT(0, "chown -R 65534 album away");
        SEARCH(0, cases[i].goes, "search vit.clip album --like album/04.ppm -k 99");
        EXPECT(0, cases[i].comes);
        SEARCH(0, NULL, "search vit.clip album --like album/03.ppm -k 1");
        CHECK(!strcmp(out, "1.0000  album/03.ppm\n"), "case %zu: %s%s", i, out, err);
        CHECK(!strncmp(err, "search: 1 picture in ", 21), "case %zu: it alone is embedded: %s", i, err);
        SEARCH(0, NULL, "search vit.clip album --like album/03.ppm -k 1");
        CHECK(!*err, "case %zu: %s", i, err);
    }
}

static void all_go(void) { shell("rm album/*"); }
static void the_folder_goes(void) { shell("mv album away/"); }

static void a_folder_that_goes_is_said(void) {
    make_pictures();
    if (geteuid() == 0) EXPECT(0, "chown -R 65534 album away && chmod 777 .");
    SEARCH(1, all_go, "search vit.clip album --like query.ppm --index elsewhere");
    CHECK(!*out && strstr(err, "none of its 20 pictures can be read"), "%s%s", out, err);
    make_pictures();
    EXPECT(0, "chmod 777 .");
    SEARCH(1, the_folder_goes, "search vit.clip album --like query.ppm");
    CHECK(!*out && strstr(err, "none of its 20 pictures can be read"), "%s%s", out, err);
    EXPECT(0, "chmod 755 .; rm -f elsewhere");
}

static void what_is_no_file_or_closed_is_passed_over(void) {
    make_pictures();
    EXPECT(0,
           "cd album && mkfifo a.jpg && mkdir b.ppm c && ln -s /dev/zero d.png && ln -s . e.ppm && ln -s ../away f && "
           "cp 00.ppm c/ && chmod 0 c && cp 00.ppm ../away/g.ppm && ln -s ../away/g.ppm h.ppm");
    SEARCH(0, NULL, "search vit.clip album --like query.ppm -k 99");
    CHECK(count_lines(out) == 21 && strstr(out, "album/h.ppm\n"), "20 and the link to a file: %s", out);
    CHECK(strstr(err, "album/c: Permission denied") && strstr(err, "21 pictures in "), "%s", err);
    EXPECT(0, "chmod 755 album/c");
    SEARCH(0, NULL, "search vit.clip album --like query.ppm -k 99");
    CHECK(count_lines(out) == 22 && !strncmp(err, "search: 1 picture in ", 21), "%s%s", out, err);
    // A folder that comes late: its pictures are new, the others stay.
    EXPECT(0, "mkdir -m 777 album/z && cp album/01.ppm album/02.ppm album/z");
    SEARCH(0, NULL, "search vit.clip album --like query.ppm -k 99");
    CHECK(count_lines(out) == 24 && !strncmp(err, "search: 2 pictures in ", 22), "%s%s", out, err);
}

// As an index, or as features, lies a device (/dev/zero has no end), a pipe that nobody writes to, a folder: none of
// them is read or written to.
static void what_is_no_file_is_no_index(void) {
    static const char *const kinds[] = {"ln -s /dev/null", "mkfifo", "mkdir"};
    char line[512];
    make_pictures();
    EXPECT(0, "mkdir -p kept && printf 'image,caption\n00.ppm,one\n01.ppm,two\n02.ppm,three\n03.ppm,four\n' >four.csv");
    write_text("frozen",
               "#!/bin/sh\nexec timeout -s KILL 60 train --captions four.csv --images album --image-tower "
               "vit.clip --text-tower bert.clip --freeze image,text --epochs 1 --val 0 --cache kept -o frozen.clip\n");
    EXPECT(0, "chmod +x frozen && ./frozen && ls -A kept && test $(ls -A kept | wc -l) = 2");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        for (int rebuild = 0; rebuild < 2; rebuild++) {
            snprintf(line, sizeof line, "rm -rf album/.clip-index; %s album/.clip-index; "
                     "timeout -s KILL 60 search vit.clip album --like query.ppm%s", kinds[i],
                     rebuild ? " --rebuild" : "");
            EXPECT(1, line);
            CHECK(!strcmp(err, "search: album/.clip-index: not a file; delete it or give another --index FILE\n"), "%s",
                  err);
        }
        EXPECT(1, "timeout -s KILL 60 duplicates vit.clip album");
        CHECK(strstr(err, "album/.clip-index: not a file"), "%s", err);
        snprintf(line, sizeof line, "for f in kept/.clip-text-*; do rm -rf $f; %s $f; done; ./frozen", kinds[i]);
        EXPECT(1, line);
        CHECK(strstr(err, "not a file; delete it or give another --cache DIR\n"), "%s", err);
    }
    EXPECT(0, "rm -rf album/.clip-index kept frozen*");
}

// ------------------------------------------------------------------------------------------ several write one file

static char target[512]; // folder/target

static size_t files_beside_target(void) {
    EXPECT(0, "ls -A | grep -c '^target' || true");
    return strtoul(out, NULL, 10);
}

static void output_put(output *o, const char *text) {
    CHECK(!output_open(o, target), "%s", strerror(errno));
    fputs(text, o->file);
    fflush(o->file);
}

static int target_is(const char *text) {
    static char found[1024];
    read_text("target", found, sizeof found);
    return !strcmp(found, text);
}

static void each_writer_of_a_file_has_it_whole(void) {
    output a, b, c;
    snprintf(target, sizeof target, "%s/target", folder);
    output_put(&a, "the first");
    output_put(&b, "the second one");
    CHECK(strcmp(a.temporary, b.temporary), "both write %s", a.temporary);
    CHECK(!output_commit(&a) && target_is("the first"), "%s", strerror(errno));
    output_put(&c, "3");
    CHECK(target_is("the first"), "it changed before it was whole");
    CHECK(!output_commit(&c) && target_is("3"), "%s", strerror(errno));
    CHECK(!output_commit(&b) && target_is("the second one"), "%s", strerror(errno));
    output_put(&a, "never");
    output_discard(&a);
    CHECK(target_is("the second one") && files_beside_target() == 1, "%s", out);
}

// A process that is killed while it writes leaves a file, which the next writer takes away.
static void what_was_left_does_not_pile_up(void) {
    output a, b;
    for (int i = 0; i < 10; i++) {
        fflush(NULL);
        const pid_t pid = fork();
        if (pid == 0) {
            output_put(&a, "half of");
            if (i % 2) output_put(&b, "another half");
            raise(SIGKILL);
        }
        waitpid(pid, NULL, 0);
    }
    CHECK(target_is("the second one") && files_beside_target() == 3, "one for each that wrote at once: %s", out);
    output_put(&a, "x");
    output_put(&b, "whole");
    CHECK(!output_commit(&a) && !output_commit(&b) && target_is("whole"), "%s", strerror(errno));
    CHECK(files_beside_target() == 1, "%s", out);
    // what is none of ours is not written to, and not waited for
    EXPECT(0, "echo mine >precious && ln -s precious target.tmp && mkdir target.1.tmp && mkfifo target.2.tmp");
    output_put(&a, "beside them");
    CHECK(!output_commit(&a) && target_is("beside them"), "%s", strerror(errno));
    EXPECT(0, "cat precious && rm -rf target*");
    CHECK(!strcmp(out, "mine\n"), "%s", out);
}

// Many processes write the same file again and again: at every moment it is one of theirs, whole.
static void a_file_is_whole_whoever_writes_it(void) {
    enum { WRITERS = 4, TIMES = 50, SIZE = 100000 };
    static char text[SIZE + 1], found[SIZE + 2];
    size_t seen = 0, mixed = 0;
    fflush(NULL);
    for (int w = 0; w < WRITERS; w++)
        if (fork() == 0) {
            int failed = 0;
            memset(text, 'a' + w, SIZE);
            for (int i = 0; i < TIMES; i++) {
                output o;
                failed += output_open(&o, target) || fputs(text, o.file) < 0 || output_commit(&o);
            }
            _exit(failed != 0);
        }
    for (int left = WRITERS, status; left > 0;) {
        const pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid > 0) {
            CHECK(status == 0, "a writer failed");
            left--;
        }
        const size_t n = read_text("target", found, sizeof found);
        if (!n) continue; // not there yet
        seen++;
        mixed += n != SIZE || strspn(found, (char[]){found[0], 0}) != SIZE;
    }
    CHECK(seen > 0 && !mixed, "%zu of %zu times it was not one writer's", mixed, seen);
    CHECK(files_beside_target() == 1, "%s", out);
    EXPECT(0, "rm target");
}

// ----------------------------------------------------------------------------------------------- several programs

static void searches_at_once_agree(void) {
    make_pictures();
    EXPECT(0, "for i in 0 1 2 3 4 5 6 7; do for j in album/??.ppm; do cp $j ${j%.ppm}_$i.ppm; done; done");
    EXPECT(0, "search vit.clip album --like query.ppm -k 999 --index alone >alone.txt");
    EXPECT(0, "pids=; for i in 1 2 3 4; do search vit.clip album --like query.ppm -k 999 --threads $i >$i.txt & "
              "pids=\"$pids $!\"; done; for p in $pids; do wait $p || exit 1; done; "
              "for i in 1 2 3 4; do cmp alone.txt $i.txt || exit 1; done");
    EXPECT(0, "cmp alone album/.clip-index");
    EXPECT(0, "search vit.clip album --like query.ppm -k 999 | cmp - alone.txt");
    CHECK(!*err, "the index is whole: %s", err);
    // one makes it anew, again and again, while others read it
    EXPECT(0,
           "(for i in 1 2 3 4 5; do search vit.clip album --like query.ppm --rebuild -k 1 || exit 1; done >rebuilt) & "
           "p=$!; for i in 1 2 3 4 5 6 7 8 9 10; do search vit.clip album --like query.ppm -k 999 | cmp - alone.txt || "
           "exit 1; done; wait $p");
    EXPECT(0, "cmp alone album/.clip-index && ls -A album | grep -c tmp || test $? = 1");
}

// What may be read by some stays so; the name of an open file is written to, not replaced.
static void what_is_written_keeps_its_mode(void) {
    make_pictures();
    EXPECT(0, "embed vit.clip --images album -o one.npy && cp one.npy two.npy && chmod 600 two.npy && "
              "embed vit.clip --images album -o two.npy && cmp one.npy two.npy && ls -l two.npy | cut -c 1-10");
    CHECK(!strcmp(out, "-rw-------\n"), "embed: %s", out);
    EXPECT(0, "cp vit.clip m.clip && chmod 640 m.clip && clip-convert vit.clip -o m.clip >/dev/null && ls -l m.clip | cut -c 1-10");
    CHECK(!strcmp(out, "-rw-r-----\n"), "clip-convert: %s", out);
    if (!is_folder("/proc/self/fd")) return;
    EXPECT(0, "embed vit.clip --images album -o /proc/self/fd/1 >behind && cmp one.npy behind");
}

static void one_training_of_a_file_at_a_time(void) {
    make_pictures();
    write_text("small", "#!/bin/sh\nexec train --captions captions --images album --image-tower new:vit:16x1:patch8:16 "
                        "--text-tower new:bert:16x1 --embed-dim 16 --batch 4 --threads 2 --val 0.25 \"$@\"\n");
    write_text("captions", "image,caption\n00.ppm,number one\n01.ppm,number two\n02.ppm,a third\n03.ppm,the fourth\n"
                           "04.ppm,five\n05.ppm,six of them\n06.ppm,number seven\n07.ppm,the last\n");
    EXPECT(0, "chmod +x small && ./small -o whole.clip --epochs 3");
    EXPECT(0, "./small -o m.clip --epochs 100000 --checkpoint-every 1 >log 2>&1 & echo $! >pid; "
              "until test -e m.clip.ckpt; do sleep 0.02; done");
    EXPECT(1, "./small -o m.clip --epochs 3");
    CHECK(!*out && count_lines(err) == 1 && strstr(err, "m.clip: another training writes it now"), "%s%s", out, err);
    EXPECT(0, "./small -o n.clip --epochs 3 && cmp n.clip whole.clip");
    EXPECT(0, "kill -KILL $(cat pid); while kill -0 $(cat pid) 2>/dev/null; do sleep 0.02; done; ls m.clip.lock");
    EXPECT(0, "./small -o m.clip --epochs 3 && cmp m.clip whole.clip");
    EXPECT(0, "ls -A | grep -E 'lock|tmp' || true");
    CHECK(!*out, "left behind: %s", out);
}

// The log of the training before stays until the new one has a checkpoint; then the new one takes its place, and grows
// there.
static void a_log_stays_until_there_is_another(void) {
    EXPECT(0, "echo of before >precious && ln -s precious l.clip.csv");
    EXPECT(1, "ulimit -f 8; ./small -o l.clip --epochs 2");
    CHECK(strstr(err, "File too large"), "%s", err);
    EXPECT(0, "cat l.clip.csv; ls -A | grep -E 'lock|tmp' || true");
    CHECK(!strcmp(out, "of before\n"), "%s", out);
    EXPECT(0, "./small -o l.clip --epochs 2 && cut -d, -f1-16 l.clip.csv >l && test $(wc -l <l) = 5 && "
              "cut -d, -f1-16 whole.clip.csv | head -n 5 | cmp - l && cat precious && ! test -h l.clip.csv");
    CHECK(strstr(out, "\nof before\n"), "what a link points to stays: %s", out);
    EXPECT(0,
           "mv l.clip.csv precious && ln -s precious l.clip.csv && cp precious then && "
           "./small -o l.clip --epochs 3 --resume l.clip.ckpt && cmp precious then && cut -d, -f1-16 l.clip.csv >l && "
           "cut -d, -f1-16 whole.clip.csv | cmp - l");
    EXPECT(1,
           "./small -o l.clip --epochs 4000 2>log & p=$!; until test $(wc -l <l.clip.csv) -ge 30; do sleep 0.02; done; "
           "kill $p; wait $p"); // it can be followed
    EXPECT(0, "./small -o l.clip --epochs 0 && head -n 1 whole.clip.csv | cmp - l.clip.csv && rm -f l l.clip* precious then log");
}

static void conversions_of_one_file_at_once(void) {
    EXPECT(0, "clip-convert --export-safetensors vit.clip -o alone.safetensors && pids=; "
              "for i in 1 2 3 4; do clip-convert --export-safetensors vit.clip -o at-once.safetensors >log$i & "
              "pids=\"$pids $!\"; done; for p in $pids; do wait $p || exit 1; done; "
              "cmp alone.safetensors at-once.safetensors && ls");
    CHECK(!strstr(out, ".tmp"), "left behind: %s", out);
}

// ------------------------------------------------------------------------------------------------ streams and pipes

// A program that is begun without one of the three streams must not take a file of its own for it.
static void closed_streams_do_not_end_up_in_files(void) {
    static const char *const closed[] = {"<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- 2>&-", "<&- >&- 2>&-"};
    static const struct {
        int prints;
        const char *line; // F stands for a file that it writes
    } commands[] = {{0, "embed vit.clip --images album --names F.names -o F.npy"},
                    {0, "embed bert.clip --texts captions -o F.npy"},
                    {1, "search vit.clip album --like query.ppm --index F.index --html F.html --rebuild"},
                    {1, "./small -o F.clip --epochs 2"},
                    {1, "explain a.clip album/00.ppm number -o F.ppm --map F.npy"},
                    {0, "probe a.clip classes -o F.npy"},
                    {1, "zero_shot a.clip classes --confusion F.csv"},
                    {1, "clip-convert --export-safetensors vit.clip -o F.safetensors"},
                    {1, "clip-convert whole.clip -o F.clip"}};
    make_pictures();
    EXPECT(0, "mkdir -p classes/a classes/b nowhere && cp album/00.ppm classes/a && cp album/19.ppm classes/b && "
              "cp album/18.ppm classes/b && cp whole.clip a.clip && mkdir -p want got");
    for (size_t c = 0; c < sizeof commands / sizeof *commands; c++) {
        char line[1024], want[256] = "", now[256] = "";
        for (const char *p = commands[c].line; *p; p++) {
            snprintf(want + strlen(want), 8, *p == 'F' ? "want/F" : "%c", *p);
            snprintf(now + strlen(now), 8, *p == 'F' ? "got/F" : "%c", *p);
        }
        EXPECT(0, "rm -f want/* got/*");
        EXPECT(0, want);
        for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
            // what only stdout was for has failed; the files are the same all the same
            const char *first = strstr(closed[i], ">&-"), *second = strstr(closed[i], "2>&-");
            const int no_stdout = first && (!second || first != second + 1);
            snprintf(line, sizeof line, "%s %s", now, closed[i]);
            const int status = run_command(line), failed = no_stdout && commands[c].prints;
            CHECK(status == failed, "%s: exit status %d\n%s%s", line, status, out, err);
            EXPECT(0, "for f in want/*; do case $f in *.clip.ckpt* | *.clip.csv) continue ;; esac; " // they have times
                      "cmp $f got/${f#want/} || exit 1; done");
            EXPECT(0, "rm -f got/*");
        }
    }
}

static void pipes_that_nobody_reads_are_errors_and_no_end(void) {
    int ends[2];
    if (pipe(ends) || dup2(ends[1], 9) != 9) exit(1);
    close(ends[0]), close(ends[1]);
    make_pictures();
    EXPECT(1, "search vit.clip album --like query.ppm >&" BROKEN);
    CHECK(strstr(err, "search: stdout: Broken pipe\n"), "%s", err);
    EXPECT(0, "search vit.clip album --like query.ppm >first");
    CHECK(!*err, "the index was kept: %s", err);
    EXPECT(0, "rm album/.clip-index; search vit.clip album --like query.ppm 2>&" BROKEN " | cmp - first");
    EXPECT(1, "search vit.clip album --like query.ppm --html - >&" BROKEN);
    CHECK(strstr(err, "Broken pipe"), "%s", err);
    EXPECT(1, "embed vit.clip --images album -o - >&" BROKEN);
    CHECK(strstr(err, "Broken pipe"), "%s", err);
    EXPECT(1, "embed bert.clip --texts captions --ids >&" BROKEN);
    CHECK(strstr(err, "Broken pipe"), "%s", err);
    EXPECT(1, "clip-convert --export-safetensors vit.clip -o - >&" BROKEN);
    CHECK(strstr(err, "Broken pipe"), "%s", err);
    EXPECT(1, "clip-convert --info vit.clip >&" BROKEN);
    CHECK(strstr(err, "Broken pipe"), "%s", err);
    EXPECT(0, "./small -o p.clip --epochs 3 2>&" BROKEN " && cmp p.clip whole.clip");
    EXPECT(1, "./small -o p.clip --epochs 3 >&" BROKEN);
    CHECK(strstr(err, "stdout: Broken pipe") && strstr(err, "the training goes on without it"), "%s", err);
    EXPECT(0, "cmp p.clip whole.clip");
    EXPECT(1, "zero_shot a.clip album number >&" BROKEN);
    EXPECT(1, "search --help >&" BROKEN);
    close(9);
}

// A limit on files is an error like a full disk, and no signal that ends it midway: in blocks of 512 or 1024 bytes.
static void a_limit_on_files_is_an_error_and_no_end(void) {
    static const char *const commands[] = {"embed vit.clip --images album --pixels -o f.npy",
                                           "search vit.clip album --like query.ppm -k 20 --index f.index --html f.html",
                                           "clip-convert --export-safetensors whole.clip -o f.safetensors",
                                           "clip-convert whole.clip -o f.clip", "./small -o f.clip --epochs 1"};
    char line[256];
    make_pictures();
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        snprintf(line, sizeof line, "ulimit -f 4; %s", commands[i]);
        EXPECT(1, line);
        CHECK(strstr(err, "File too large"), "%s: %s", line, err);
    }
    EXPECT(0, "ls -A | grep -E '^f\\.[^i]|tmp|lock' || true");
    CHECK(!*out, "left behind: %s", out);
}

// What waits for a model that nobody writes into its pipe is ended by the first signal.
static void a_model_that_never_comes_is_not_waited_for(void) {
    static const char *const commands[] = {
        "search M album word",
        "duplicates M album",
        "embed M --images album -o f.npy",
        "zero_shot M album word",
        "probe M classes",
        "explain M query.ppm word -o f.ppm",
        "recall M --captions captions --images album",
        "emoji M word",
        "train --captions captions --images album --model M -o f.clip",
        "train --captions captions --images album --image-tower M --text-tower bert.clip -o f.clip"};
    char line[256];
    make_pictures();
    EXPECT(0, "rm -f M && mkfifo M");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        snprintf(line, sizeof line, "timeout -k 1 0.3 %s", commands[i]); // 137 if it had to be killed
        EXPECT(124, line);
    }
    EXPECT(0, "rm M; ls -A | grep -E '^f\\.|tmp' || true");
    CHECK(!*out, "left behind: %s", out);
}

int main(void) {
    if (programs_are_there()) {
        a_folder_may_change_while_it_is_indexed();
        what_is_away_for_a_moment_is_found_again();
        a_folder_that_goes_is_said();
        what_is_no_file_or_closed_is_passed_over();
        what_is_no_file_is_no_index();
        each_writer_of_a_file_has_it_whole();
        what_was_left_does_not_pile_up();
        a_file_is_whole_whoever_writes_it();
        searches_at_once_agree();
        what_is_written_keeps_its_mode();
        one_training_of_a_file_at_a_time();
        a_log_stays_until_there_is_another();
        conversions_of_one_file_at_once();
        closed_streams_do_not_end_up_in_files();
        pipes_that_nobody_reads_are_errors_and_no_end();
        a_limit_on_files_is_an_error_and_no_end();
        a_model_that_never_comes_is_not_waited_for();
    } else {
        printf("build/embed, build/search, build/train or tests/goldens are not there: nothing is tested\n");
    }
    programs_end();
    return TEST_END();
}
