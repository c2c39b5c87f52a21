// train_options.h - the command line of train.c: what can be asked for, with what values, and what excludes what.
//
//     settings set;
//     settings_default(&set, argc, argv);
//     for (int i = 1; i < argc; i++) if (take_option(&set, argc, argv, &i)) return USAGE; // it has said why
//     if (check_settings(&set)) return USAGE;
//     if (settings_complete(&set)) ...         // an output can't be written
//     settings_free(&set);
//
// Include it after clip.h, common.h, captions.h, augment.h and new_model.h.
#ifndef TRAIN_OPTIONS_H
#define TRAIN_OPTIONS_H

static const char *const HELP[2] = {
    // C99 promises 4,095 characters of a string
    "train --captions captions.txt --images DIR -o OUT.clip --model M.clip                             goes on with it\n"
    "train --captions captions.txt --images DIR -o OUT.clip --image-tower A.clip --text-tower B.clip   with new heads\n"
    "\n"
    "Data\n"
    "  --captions FILE      Flickr8k's form: the header image,caption, then CSV with quotes as in RFC 4180; or its\n"
    "                       token form, name.jpg#0<TAB>caption. Which one is seen from the content.\n"
    "  --images DIR         where the pictures are: " PICTURE_FORMATS "\n"
    "  --val PART           how many of the pictures are kept back to measure with; default 0.2, 0 measures nothing\n"
    "  --val-captions FILE, --val-images DIR    measure with these instead; DIR if it is another one\n"
    "  --one-caption        an epoch has every picture once, with one of its captions; otherwise it has every caption\n"
    "  --augment            random crops (half of the area and more) and flips, for an image tower that is trained\n"
    "  --augment-with LIST  of crop, flip, place (other size, sides, angle and place, on the colour of its corners), colour\n"
    "                       (saturation, hue, gamma) and lines (three in ten become drawings of dark lines). For\n"
    "                       drawings, whose left and right often mean something: place,colour,lines\n"
    "  --max-bad N          so many pictures that can't be read, or captions that are empty or not UTF-8, are passed\n"
    "                       over; more are an error before the training begins; default 0\n"
    "  --max-tokens N       longer captions are cut; default: as long as the longest, or as the model takes\n"
    "  --memory MB          if all pictures fit in, resized, they are kept; else, and with --augment, they are read again\n"
    "                       each epoch; default 1024\n"
    "  --cache DIR          where the features of frozen towers are kept, as .clip-*-features-*; default: beside OUT\n"
    "Model\n"
    "  --model M.clip       goes on with a whole model; new heads only with --embed-dim or --head\n"
    "  --image-tower A.clip, --text-tower B.clip    one tower of each, with new heads behind them; or begin anew with\n"
    "                       new:vit:192x6:patch8:64 (width x layers, patch, side of the pictures), new:resnet18:64\n"
    "                       (34, 50, 101) and new:bert:192x4:context64\n"
    "  --vocab FILE         vocab.txt for new:bert; default: made of the captions to train with\n"
    "  --embed-dim N        length of the vectors; default 256, or what a tower without a head has\n"
    "  --head KIND          mlp (default), linear or none; linear,none is linear for pictures and none for texts, whose\n"
    "                       vectors are then what the text tower makes\n"
    "  --freeze image,text  towers that stay as they are: their features are computed once\n"
    "  --bf16               products with weights in bf16, where the CPU has that; weights and sums stay f32\n"
    "  --freeze-statistics  batch norms of a tower that is trained keep their statistics\n",
    "Loss and optimizer\n"
    "  --loss NAME          soft (default: CLIP-pytorch's), infonce (CLIP's), triplet (VSE++'s) or siglip\n"
    "  --temperature X      of soft; default 1\n"
    "  --margin X           of triplet; default 0.2\n"
    "  --align X            adds X times what the cosines of pairs lack of 1, to all losses but soft; default 0\n"
    "  --optimizer NAME     adamw (default), adam or sgd\n"
    "  --momentum X         of sgd; default 0.9\n"
    "  --nesterov           of sgd: Nesterov's momentum\n"
    "  --rate-heads X, --rate-image X, --rate-text X    learning rates; default 1e-3, 1e-4, 1e-5\n"
    "  --decay X            of weights; default 1e-3\n"
    "  --no-decay-1d        none for norms and biases\n"
    "  --schedule NAME      plateau (default: the rates are multiplied by --factor after more than --patience epochs\n"
    "                       without progress of the validation loss, or without a validation of the training loss),\n"
    "                       cosine or constant\n"
    "  --factor X, --patience N    of plateau; default 0.8, 1\n"
    "  --warmup STEPS       the rates climb for so many; default 0. The log has those of the next step\n"
    "  --dropout X          of the heads; default 0.1\n"
    "  --clip-norm X        the gradients are held to this length; default: none\n"
    "  --epochs N           how often all is gone through; default 4\n"
    "  --batch N            pairs that are compared with each other; default 32\n"
    "  --micro-batch N      a batch in the memory of N pairs (gradient caching)\n"
    "  --runs N             a batch is of runs of N pictures that follow each other by name: where names are of kinds, it\n"
    "                       has then what is hard to tell apart; default 1\n"
    "  --accumulate N       an update from N batches\n"
    "  --seed N             of everything random; default 0\n"
    "Trust\n"
    "  --checkpoint FILE    after every epoch; default OUT.clip.ckpt. The one before it stays as FILE.1. Ctrl-C finishes\n"
    "                       the step, saves, and says how to go on\n"
    "  --checkpoint-every N    and after so many steps\n"
    "  --resume FILE        goes on from a checkpoint, bit for bit as if it had never stopped; with FILE.1 if FILE is\n"
    "                       damaged. The other options must be those that it was begun with; --epochs may grow.\n"
    "  --log CSV            default OUT.clip.csv: a row a step (above 10,000 steps fewer, each the mean of its steps);\n"
    "                       the last one of an epoch has the validation: loss, and recalls in percent. It is CSV.tmp\n"
    "                       until there is a checkpoint; then it replaces CSV, and grows row by row\n"
    "  --curves SVG         default OUT.clip.svg: loss and recalls, for any browser\n"
    "  OUT.clip.lock        is there while OUT.clip is trained: a second training of it says so and ends\n"
    "  --threads N          how many work at once; default: the CPUs that are online. The results are the same bits.\n"
    "  --help               this\n"
    "\n"
    "A line an epoch on stdout: losses, and recalls in percent (R@5: in how many cases what belongs together is among\n"
    "the first 5). OUT is the model of the epoch with the best mean of them, or of the last without a validation.\n"
    "Exit status: 0 success, 1 failure or stopped, 2 usage.\n"};

typedef struct settings {
    dataset_options data;
    const char *model, *tower[2], *vocab, *head[2], *out; // tower and head: image, text
    const char *resume, *checkpoint, *cache, *log, *curves;
    size_t embed_dim, epochs, batch, runs, accumulate, seed, warmup, memory, max_tokens, checkpoint_every;
    int one_caption, new_heads, augment; // AUGMENT_*
    clip_train_options train; // what goes to the trainer as it is
    int argc;
    char **argv;
    char *defaults[4]; // of checkpoint, log, curves and cache
    char *lock;        // OUT.clip.lock, which is there while OUT.clip is trained,
    int claim;         // and belongs to this program; -1 if it is not there
} settings;

static const char *const loss_names[] = {"soft", "infonce", "triplet", "siglip", NULL};
static const char *const optimizer_names[] = {"adamw", "adam", "sgd", NULL};
static const char *const schedule_names[] = {"constant", "cosine", "plateau", NULL};
static const char *const tower_names[] = {"image", "text"};

static inline void settings_default(settings *set, int argc, char **argv) {
    clip_train_options *o = &set->train;
    memset(set, 0, sizeof *set);
    set->argc = argc, set->argv = argv;
    set->epochs = 4, set->batch = 32, set->runs = 1, set->accumulate = 1, set->memory = 1024, set->data.val = 0.2;
    set->head[0] = set->head[1] = "mlp";
    set->claim = -1;
    o->threads = online_cpus();
    o->schedule = CLIP_PLATEAU, o->factor = 0.8, o->patience = 1;
    o->temperature = 1, o->margin = 0.2, o->dropout = 0.1;
    o->rate[CLIP_IMAGE_TOWER] = 1e-4, o->rate[CLIP_TEXT_TOWER] = 1e-5, o->rate[CLIP_HEADS] = 1e-3;
    o->decay[0] = 1e-3, o->momentum = 0.9;
}

// The value of the option argv[*i], one of the names. Returns its place, or -1 and says so.
static inline int option_choice(int argc, char **argv, int *i, const char *const *names) {
    const char *name = argv[*i], *value = option_value(argc, argv, i);
    char all[128] = "";
    if (!value) return -1;
    for (int k = 0; names[k]; k++) {
        if (!strcmp(value, names[k])) return k;
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", k ? ", " : "", names[k]);
    }
    return -complain("%s %s: must be one of %s", name, value, all);
}

// KIND, or IMAGE,TEXT.
static inline int option_head(int argc, char **argv, int *i, const char *head[2]) {
    static const char *const kinds[] = {"mlp", "linear", "none"};
    const char *value = option_value(argc, argv, i), *p = value;
    if (!value) return FAILED;
    head[0] = head[1] = NULL;
    for (int k = 0; k < 2; k++, p += *p == ',') {
        const size_t n = strcspn(p, ",");
        for (size_t c = 0; c < sizeof kinds / sizeof *kinds; c++)
            if (clip__name_is(p, n, kinds[c])) head[k] = kinds[c];
        p += n;
        if (!k && !*p)
            return head[1] = head[0], head[0] ? 0 : complain("--head %s: must be mlp, linear or none", value);
    }
    return head[0] && head[1] && !*p ? 0 : complain("--head %s: must be mlp, linear or none, or two of them", value);
}

// Names between commas.
static inline int option_augment(int argc, char **argv, int *i, int *kinds) {
    const char *value = option_value(argc, argv, i);
    if (!value) return FAILED;
    *kinds = 0;
    for (const char *p = value; *p; p += *p == ',') {
        const size_t n = strcspn(p, ",");
        int k = 0;
        while (augment_names[k] && !clip__name_is(p, n, augment_names[k])) k++;
        if (!augment_names[k])
            return complain("--augment-with %s: must be of crop, flip, place, colour and lines", value);
        *kinds |= 1 << k;
        p += n;
    }
    return *kinds ? 0 : complain("--augment-with: nothing to do it with; see --help");
}

// Takes the option argv[*i] with its value. Returns 0, or FAILED and says why.
static inline int take_option(settings *set, int argc, char **argv, int *i) {
    enum { MOST = 1 << 30 };
    const double least = 1e-12; // a rate of 0 is --freeze
    clip_train_options *o = &set->train;
    const char *a = argv[*i];
    int choice = -1;
    if (!strcmp(a, "--captions")) return !(set->data.captions = option_value(argc, argv, i));
    if (!strcmp(a, "--images")) return !(set->data.images = option_value(argc, argv, i));
    if (!strcmp(a, "--val-captions")) return !(set->data.val_captions = option_value(argc, argv, i));
    if (!strcmp(a, "--val-images")) return !(set->data.val_images = option_value(argc, argv, i));
    if (!strcmp(a, "--model")) return !(set->model = option_value(argc, argv, i));
    if (!strcmp(a, "--image-tower")) return !(set->tower[0] = option_value(argc, argv, i));
    if (!strcmp(a, "--text-tower")) return !(set->tower[1] = option_value(argc, argv, i));
    if (!strcmp(a, "--vocab")) return !(set->vocab = option_value(argc, argv, i));
    if (!strcmp(a, "-o")) return !(set->out = option_value(argc, argv, i));
    if (!strcmp(a, "--resume")) return !(set->resume = option_value(argc, argv, i));
    if (!strcmp(a, "--checkpoint")) return !(set->checkpoint = option_value(argc, argv, i));
    if (!strcmp(a, "--cache")) return !(set->cache = option_value(argc, argv, i));
    if (!strcmp(a, "--log")) return !(set->log = option_value(argc, argv, i));
    if (!strcmp(a, "--curves")) return !(set->curves = option_value(argc, argv, i));
    if (!strcmp(a, "--embed-dim")) return option_count(argc, argv, i, 2, CLIP__MAX_WIDTH, &set->embed_dim);
    if (!strcmp(a, "--epochs")) return option_count(argc, argv, i, 0, MOST, &set->epochs);
    if (!strcmp(a, "--batch")) return option_count(argc, argv, i, 2, CLIP__MAX_BATCH, &set->batch);
    if (!strcmp(a, "--runs")) return option_count(argc, argv, i, 1, CLIP__MAX_BATCH, &set->runs);
    if (!strcmp(a, "--micro-batch")) return option_count(argc, argv, i, 1, CLIP__MAX_BATCH, &o->micro_batch);
    if (!strcmp(a, "--accumulate")) return option_count(argc, argv, i, 1, MOST, &set->accumulate);
    if (!strcmp(a, "--seed")) return option_count(argc, argv, i, 0, MOST, &set->seed);
    if (!strcmp(a, "--threads")) return option_count(argc, argv, i, 1, MOST_THREADS, &o->threads);
    if (!strcmp(a, "--memory")) return option_count(argc, argv, i, 0, MOST, &set->memory);
    if (!strcmp(a, "--max-bad")) return option_count(argc, argv, i, 0, MOST, &set->data.max_bad);
    if (!strcmp(a, "--max-tokens")) return option_count(argc, argv, i, 2, CLIP__MAX_CONTEXT, &set->max_tokens);
    if (!strcmp(a, "--warmup")) return option_count(argc, argv, i, 0, MOST, &set->warmup);
    if (!strcmp(a, "--patience")) return option_count(argc, argv, i, 0, MOST, &o->patience);
    if (!strcmp(a, "--checkpoint-every")) return option_count(argc, argv, i, 1, MOST, &set->checkpoint_every);
    if (!strcmp(a, "--val")) return option_real(argc, argv, i, 0, 0.9, &set->data.val);
    if (!strcmp(a, "--temperature")) return option_real(argc, argv, i, least, 1e6, &o->temperature);
    if (!strcmp(a, "--margin")) return option_real(argc, argv, i, least, 2, &o->margin);
    if (!strcmp(a, "--rate-heads")) return option_real(argc, argv, i, least, 1e3, &o->rate[CLIP_HEADS]);
    if (!strcmp(a, "--rate-image")) return option_real(argc, argv, i, least, 1e3, &o->rate[CLIP_IMAGE_TOWER]);
    if (!strcmp(a, "--rate-text")) return option_real(argc, argv, i, least, 1e3, &o->rate[CLIP_TEXT_TOWER]);
    if (!strcmp(a, "--decay")) return option_real(argc, argv, i, 0, 1e3, &o->decay[0]);
    if (!strcmp(a, "--momentum")) return option_real(argc, argv, i, 0, 0.999999, &o->momentum);
    if (!strcmp(a, "--align")) return option_real(argc, argv, i, 0, 1e6, &o->align);
    if (!strcmp(a, "--clip-norm")) return option_real(argc, argv, i, least, 1e12, &o->clip_norm);
    if (!strcmp(a, "--factor")) return option_real(argc, argv, i, least, 1, &o->factor);
    if (!strcmp(a, "--dropout")) return option_real(argc, argv, i, 0, 0.99, &o->dropout);
    if (!strcmp(a, "--one-caption")) return set->one_caption = 1, 0;
    if (!strcmp(a, "--augment")) return set->augment = AUGMENT_CROP | AUGMENT_FLIP, 0;
    if (!strcmp(a, "--augment-with")) return option_augment(argc, argv, i, &set->augment);
    if (!strcmp(a, "--head")) return set->new_heads = 1, option_head(argc, argv, i, set->head);
    if (!strcmp(a, "--no-decay-1d")) return o->no_decay_1d = 1, 0;
    if (!strcmp(a, "--nesterov")) return o->nesterov = 1, 0;
    if (!strcmp(a, "--bf16")) return o->bf16 = 1, 0;
    if (!strcmp(a, "--freeze-statistics")) return o->freeze_statistics = 1, 0;
    if (!strcmp(a, "--freeze")) return option_freeze(argc, argv, i, o->freeze);
    if (!strcmp(a, "--loss")) o->loss = (clip_loss)(choice = option_choice(argc, argv, i, loss_names));
    else if (!strcmp(a, "--optimizer"))
        o->optimizer = (clip_optimizer)(choice = option_choice(argc, argv, i, optimizer_names));
    else if (!strcmp(a, "--schedule"))
        o->schedule = (clip_schedule)(choice = option_choice(argc, argv, i, schedule_names));
    else complain(a[0] == '-' ? "%s: no such option; see --help" : "%s: belongs to no option; see --help", a);
    return choice < 0;
}

// Whether a number is another than its default; i387's registers have more digits of a constant than a double has.
static inline int given(double number, double usual) { return fabs(number - usual) > 1e-12; }

// What does not go together. Returns 0, or USAGE and says what.
static inline int check_settings(const settings *set) {
    const clip_train_options *o = &set->train;
    const char *wrong = NULL;
    if (!set->data.captions) wrong = "--captions FILE is missing";
    else if (!set->data.images) wrong = "--images DIR is missing";
    else if (!set->out || !strcmp(set->out, "-")) wrong = "-o OUT.clip is missing";
    else if (set->model && (set->tower[0] || set->tower[1])) wrong = "--model and the towers exclude each other";
    else if (!set->model && (!set->tower[0] || !set->tower[1]))
        wrong = "give --model M.clip, or both --image-tower A.clip and --text-tower B.clip";
    else if (set->model && is_new(set->model)) wrong = "--model is a file; --image-tower and --text-tower may be new";
    else if (set->vocab && !(set->tower[1] && is_new(set->tower[1]))) wrong = "--vocab is for --text-tower new:bert";
    else if (set->data.val_images && !set->data.val_captions) wrong = "--val-images belongs to --val-captions";
    else if (set->augment && o->freeze[0]) wrong = "to augment is for an image tower that is not frozen";
    else if (o->align > 0 && o->loss == CLIP_LOSS_SOFT) wrong = "--align is for --loss infonce, triplet and siglip";
    else if (given(o->temperature, 1) && o->loss != CLIP_LOSS_SOFT) wrong = "--temperature is for --loss soft";
    else if (given(o->margin, 0.2) && o->loss != CLIP_LOSS_TRIPLET) wrong = "--margin is for --loss triplet";
    else if (given(o->momentum, 0.9) && o->optimizer != CLIP_SGD) wrong = "--momentum belongs to --optimizer sgd";
    else if ((given(o->factor, 0.8) || o->patience != 1) && o->schedule != CLIP_PLATEAU)
        wrong = "--factor and --patience belong to --schedule plateau";
    else if (o->nesterov && o->optimizer != CLIP_SGD) wrong = "--nesterov belongs to --optimizer sgd";
    else if (o->micro_batch > set->batch) wrong = "--micro-batch must not be above --batch";
    else if (!strcmp(set->head[0], "none") && !strcmp(set->head[1], "none") && set->embed_dim)
        wrong = "--head none has no --embed-dim";
    if (wrong) complain("%s; see --help", wrong);
    return wrong ? USAGE : 0;
}

// Says now, and not after the first epoch, what can't be written, or must not be.
static inline int check_outputs(const settings *set) {
    const char *const outputs[] = {set->out, set->checkpoint, set->log, set->curves};
    const char *const inputs[] = {set->data.captions, set->data.val_captions, set->vocab, set->model, set->tower[0],
                                  set->tower[1], set->resume};
    const size_t n_inputs = sizeof inputs / sizeof *inputs;
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        struct stat a, b;
        output o;
        const int there = !stat(outputs[i], &a);
        if (!strcmp(outputs[i], "-")) return complain("-: what is told of the epochs goes to stdout; name a file");
        if (!there && errno != ENOENT) return complain("%s: %s", outputs[i], strerror(errno));
        if (i < 2 && there && !S_ISREG(a.st_mode)) // what is renamed to would replace a device
            return complain("%s: not a file that can be written", outputs[i]);
        for (size_t k = 0; k < n_inputs - (i < 2) && there; k++) // a checkpoint may take the place of the one before
            if (inputs[k] && stat(inputs[k], &b)) {
                if (errno != ENOENT) return complain("%s: %s", inputs[k], strerror(errno));
            } else if (inputs[k] && a.st_ino && a.st_ino == b.st_ino && a.st_dev == b.st_dev) // Windows has no numbers
                return complain("%s: this is what it begins with; give another name to write to", outputs[i]);
        for (size_t k = 0; k < i; k++)
            if (same_place(outputs[k], outputs[i]) && (!there || S_ISREG(a.st_mode)))
                return complain("%s: two outputs can't be one file; give one of them another name", outputs[i]);
        if (output_open(&o, outputs[i])) return complain("%s: %s", outputs[i], strerror(errno));
        output_discard(&o);
    }
    return 0;
}

// Completes what follows from other options. Returns 0, or FAILED and says why.
static inline int settings_complete(settings *set) {
    static const char *const endings[] = {".ckpt", ".csv", ".svg"};
    const char **const paths[] = {&set->checkpoint, &set->log, &set->curves, &set->cache};
    set->data.seed = set->seed;
    set->train.decay[1] = set->train.decay[2] = set->train.decay[0];
    set->new_heads = set->new_heads || set->embed_dim;
    if (set->data.val_images && same_file(set->data.val_images, set->data.images))
        set->data.val_images = NULL; // by another name its pictures would be others
    for (size_t i = 0; i < 4; i++) {
        set->defaults[i] = i < 3 ? with_ending(set->out, endings[i]) : folder_of(set->out);
        if (!set->defaults[i]) return complain("not enough memory for a path");
        if (!*paths[i]) *paths[i] = set->defaults[i];
    }
    if (!(set->lock = malloc(strlen(set->out) + CLIP__TEMPORARY))) return complain("not enough memory for a path");
    set->claim = clip__file_claim(set->out, "lock", 1, set->lock);
    if (set->claim < 0 && errno == EWOULDBLOCK)
        return complain("%s: another training writes it now; wait for its end or give another name", set->out);
    return check_outputs(set); // if there is no lock, it says why, unless all can be written
}

static inline void settings_free(settings *set) {
    if (set->claim >= 0) remove(set->lock), clip__file_release(set->claim);
    for (size_t i = 0; i < 4; i++) free(set->defaults[i]);
    free(set->lock);
}

#endif // TRAIN_OPTIONS_H
