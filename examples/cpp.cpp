// cpp.cpp - clip.h in C++11: what is loaded frees itself, vectors are std::vector, texts std::string, failures thrown.
//
//     make build/cpp && build/cpp model.clip "a red roof under a blue sky" "a dog in the snow"
//
// The class is yours to take along. It prints which of the texts fit a picture of four pixels, best first.
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#include <algorithm>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// A model with a context of its own. What fails throws std::runtime_error, whose what() is clip.h's sentence. It is
// for one thread at a time; it can be moved, not copied.
class Clip {
    struct Free {
        void operator()(clip_model *model) const { clip_model_free(model); }
        void operator()(clip_context *context) const { clip_context_free(context); }
    };
    std::unique_ptr<clip_model, Free> model_;
    std::unique_ptr<clip_context, Free> context_; // behind the model: it goes first

    void check(clip_result result) const {
        if (result != CLIP_OK) throw std::runtime_error(clip_context_error(context_.get()));
    }

  public:
    explicit Clip(const std::string &path, std::size_t threads = 1) {
        clip_model *model = nullptr;
        clip_context *context = nullptr;
        clip_options options = clip_options();
        clip_error why;
        options.threads = threads;
        if (clip_model_load(path.c_str(), nullptr, &why, &model)) throw std::runtime_error(why.message);
        model_.reset(model);
        if (clip_context_new(model, &options, &why, &context)) throw std::runtime_error(why.message);
        context_.reset(context);
    }

    std::size_t dim() const { return clip_embed_dim(model_.get()); }

    // Vectors of length 1, dim() numbers each, one behind the other.
    std::vector<float> texts(const std::vector<std::string> &texts) {
        std::vector<float> vectors(texts.size() * dim());
        std::vector<const char *> pointers;
        for (const std::string &text : texts) pointers.push_back(text.c_str());
        check(clip_encode_texts(context_.get(), pointers.data(), pointers.size(), vectors.data()));
        return vectors;
    }

    // The same of pictures, whose bytes stay the caller's.
    std::vector<float> images(const std::vector<clip_image> &images) {
        std::vector<float> vectors(images.size() * dim());
        check(clip_encode_images(context_.get(), images.data(), images.size(), vectors.data()));
        return vectors;
    }
};

static int run(const std::string &path, const std::vector<std::string> &texts) {
    static const unsigned char rgb[2 * 2 * 3] = {255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255};
    Clip clip(path);
    const std::vector<float> words = clip.texts(texts), picture = clip.images({clip_image{rgb, 2, 2, 3, 0}});
    std::vector<std::pair<float, std::string>> found;
    for (std::size_t i = 0; i < texts.size(); i++) {
        const float score = clip_similarity(&words[i * clip.dim()], picture.data(), clip.dim());
        if (score != score) // nothing can be sorted with a NaN
            throw std::runtime_error(texts[i] + ": the model makes no number of it; its weights are broken");
        found.emplace_back(score, texts[i]);
    }
    std::sort(found.rbegin(), found.rend());
    for (const auto &f : found) std::printf("%.4f  %s\n", static_cast<double>(f.first), f.second.c_str());
    if (std::fflush(stdout) || std::ferror(stdout)) throw std::runtime_error("stdout: it can't be written");
    return 0;
}

int main(int argc, char **argv) {
    static const char help[] =
        "cpp MODEL.clip TEXT...     how well each text fits a picture of four pixels, best first\n"
        "Exit status: 0 success, 1 failure, 2 usage.\n";
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    try {
        if (!arguments.empty() && arguments[0] == "--help")
            return std::fputs(help, stdout) == EOF || std::fflush(stdout);
        if (arguments.size() < 2) return std::fputs(help, stderr), 2;
        return run(arguments[0], std::vector<std::string>(arguments.begin() + 1, arguments.end()));
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "cpp: %s\n", failure.what());
        return 1;
    }
}
