//===- Diff.cpp - g4c diff ------------------------------------------------===//
//
// How two artifacts differ: model, weights and their formats, launches, kernels
// and what they need, sizes, and what the timing model makes of it. A line a
// difference; nothing is printed of what is the same.
//
//===----------------------------------------------------------------------===//

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/base/Printable.h"
#include "runtime/base/SystemMemory.h"
#include "runtime/predict/Prediction.h"
#include "tools/g4c/Commands.h"

#include <cstdio>
#include <map>

namespace g4 {

using g4rt::ArtifactFile;
using g4rt::byteText;
using g4rt::printable;
using g4rt::Result;
using g4rt::Status;

namespace {

struct DiffArguments {
  std::string first, second, gpu;
  size_t most = 20;
};

/// Lines under one heading, of which only the first are shown.
class Differences {
public:
  Differences(std::string heading, size_t most)
      : heading_(std::move(heading)), most_(most) {}

  void add(const std::string &line) {
    if (++count_ <= most_)
      std::printf("%-12s %s\n", heading_.c_str(), line.c_str());
  }
  void add(const std::string &what, const std::string &first,
           const std::string &second) {
    if (first != second)
      add(what + ": " + first + " -> " + second);
  }
  /// How many there were.
  size_t finish() const {
    if (count_ > most_)
      std::printf("%-12s and %zu more; --most 0 shows all\n", heading_.c_str(),
                  count_ - most_);
    return count_;
  }

private:
  std::string heading_;
  size_t most_, count_ = 0;
};

/// Things by their name.
using Texts = std::map<std::string, std::string>;

} // namespace

/// What only one has, and what both have and is not the same.
static void compare(const Texts &first, const Texts &second,
                    Differences &differences) {
  for (const auto &[name, text] : first) {
    auto other = second.find(name);
    if (other == second.end())
      differences.add("only in the first: " + printable(name));
    else
      differences.add(printable(name), text, other->second);
  }
  for (const auto &[name, text] : second)
    if (!first.contains(name))
      differences.add("only in the second: " + printable(name));
}

//===----------------------------------------------------------------------===//
// What is compared
//===----------------------------------------------------------------------===//

static Texts modelTexts(const ArtifactFile &file) {
  const artifact::Model &model = *file.root().model();
  return {{"name", printable(model.name()->str())},
          {"architecture", printable(model.architecture()->str())},
          {"layers", std::to_string(model.num_layers())},
          {"hidden", std::to_string(model.hidden_size())},
          {"vocabulary", std::to_string(model.vocab_size())},
          {"positions", std::to_string(model.max_positions())},
          {"parameters", std::to_string(model.num_parameters())},
          {"file", byteText(file.sizeBytes())}};
}

static std::string storedAs(const artifact::Weight &weight) {
  return std::string(artifact::EnumNameDType(weight.dtype())) + " " +
         printable(weight.packing()->str()) +
         (weight.synthetic() ? ", synthetic" : "");
}

/// Each way in which weights are stored, with their number and bytes.
static Texts formatTexts(const artifact::Artifact &root) {
  std::map<std::string, std::pair<uint64_t, uint64_t>> sums;
  for (const artifact::Weight *weight : *root.weights()) {
    auto &[count, bytes] = sums[storedAs(*weight)];
    ++count;
    bytes += weight->data()->size();
  }
  Texts texts;
  for (const auto &[format, sum] : sums)
    texts[format] =
        std::to_string(sum.first) + " weights, " + byteText(sum.second);
  return texts;
}

static Texts weightTexts(const artifact::Artifact &root) {
  Texts texts;
  for (const artifact::Weight *weight : *root.weights()) {
    std::string text = storedAs(*weight) + " [";
    for (int64_t size : *weight->shape())
      text += (text.back() == '[' ? "" : ", ") + std::to_string(size);
    // A weight may be there in several packings.
    std::string &known = texts[weight->name()->str()];
    known += (known.empty() ? "" : "; ") + text + "]";
  }
  return texts;
}

static std::string kernelText(const artifact::Kernel &kernel) {
  std::string text = std::to_string(kernel.threads()) + " threads, scratch " +
                     std::to_string(kernel.scratch_bytes());
  if (kernel.registers() > 0)
    text += ", " + std::to_string(kernel.registers()) + " registers, " +
            std::to_string(kernel.spill_bytes()) + " bytes spilled";
  if (kernel.work() && kernel.round())
    text += ", " +
            std::to_string(kernel.work()->instructions() +
                           kernel.round()->instructions()) +
            " instructions";
  return text;
}

static Texts kernelTexts(const artifact::CodeObject &code) {
  Texts texts;
  for (const artifact::Kernel *kernel : *code.kernels())
    texts[kernel->symbol()->str()] = kernelText(*kernel);
  return texts;
}

/// Launches of each bucket: how many, and how often each kernel.
static Texts launchTexts(const artifact::Variant &variant,
                         const artifact::CodeObject &code) {
  std::map<std::string, uint64_t> counts;
  Texts texts;
  for (const artifact::Bucket *bucket : *variant.program()->buckets()) {
    bool isLast = bucket->max_tokens() >= 1u << 31;
    std::string step = "step of " +
                       (isLast ? "any" : std::to_string(bucket->max_tokens())) +
                       " rows";
    texts[step] = std::to_string(bucket->launches()->size()) + " launches";
    for (const artifact::Launch *launch : *bucket->launches())
      ++counts[step + ", " +
               code.kernels()->Get(launch->kernel())->symbol()->str()];
  }
  for (const auto &[name, count] : counts)
    texts[name] = std::to_string(count) + " times";
  return texts;
}

static Texts factTexts(const artifact::Artifact &root) {
  Texts texts;
  for (const artifact::Fact *fact : *root.provenance())
    texts[fact->key()->str()] = printable(fact->value()->str());
  return texts;
}

static std::map<std::string, const artifact::Variant *>
variantsOf(const artifact::Artifact &root) {
  std::map<std::string, const artifact::Variant *> variants;
  for (const artifact::Variant *variant : *root.variants())
    variants[variant->target()->str()] = variant;
  return variants;
}

//===----------------------------------------------------------------------===//
// Comparing
//===----------------------------------------------------------------------===//

static size_t diffTexts(const std::string &heading, const Texts &first,
                        const Texts &second, size_t most) {
  Differences differences(heading, most);
  compare(first, second, differences);
  return differences.finish();
}

/// Code and launches of one target that both have.
static size_t diffVariant(const std::string &target,
                          const artifact::Artifact &firstRoot,
                          const artifact::Variant &first,
                          const artifact::Artifact &secondRoot,
                          const artifact::Variant &second, size_t most) {
  const auto &firstCode = *firstRoot.code()->Get(first.code()),
             &secondCode = *secondRoot.code()->Get(second.code());
  std::string name = printable(target);
  return diffTexts(name, {{"code", byteText(firstCode.data()->size())}},
                   {{"code", byteText(secondCode.data()->size())}}, most) +
         diffTexts(name, launchTexts(first, firstCode),
                   launchTexts(second, secondCode), most) +
         diffTexts(name, kernelTexts(firstCode), kernelTexts(secondCode), most);
}

static size_t diffVariants(const artifact::Artifact &first,
                           const artifact::Artifact &second, size_t most) {
  auto firsts = variantsOf(first), seconds = variantsOf(second);
  Differences targets("targets", most);
  size_t count = 0;
  for (const auto &[target, variant] : firsts)
    if (auto other = seconds.find(target); other == seconds.end())
      targets.add("only in the first: " + printable(target));
    else
      count +=
          diffVariant(target, first, *variant, second, *other->second, most);
  for (const auto &[target, variant] : seconds)
    if (!firsts.contains(target))
      targets.add("only in the second: " + printable(target));
  return count + targets.finish();
}

/// A step of one token of one session with 1,024 tokens behind it.
static Result<double> predictedSeconds(const artifact::Artifact &root,
                                       const g4rt::Card &card) {
  G4RT_ASSIGN(g4rt::Machine machine, machineOf(card));
  G4RT_ASSIGN(const artifact::Variant *variant, variantFor(root, card));
  auto step = g4rt::PredictedStep::decode(/*sessions=*/1, /*context=*/1024);
  G4RT_ASSIGN(auto predicted, predictStep(root, *variant, step, machine));
  return predicted.time.seconds;
}

static Status diffTimes(const artifact::Artifact &first,
                        const artifact::Artifact &second,
                        const std::string &gpu) {
  G4RT_ASSIGN(g4rt::Card card, g4rt::findCard(gpu));
  G4RT_ASSIGN(double before, predictedSeconds(first, card));
  G4RT_ASSIGN(double after, predictedSeconds(second, card));
  std::printf(
      "%-12s a step of 1 session on %s: %.3f ms -> %.3f ms (%+.1f %%)\n",
      "predicted", card.name.c_str(), before * 1e3, after * 1e3,
      100 * (after / before - 1));
  return Status();
}

static Status runDiff(const DiffArguments &args) {
  G4RT_ASSIGN(ArtifactFile first, ArtifactFile::open(args.first));
  G4RT_ASSIGN(ArtifactFile second, ArtifactFile::open(args.second));
  const artifact::Artifact &a = first.root(), &b = second.root();
  size_t most = args.most == 0 ? SIZE_MAX : args.most;
  size_t count =
      diffTexts("model", modelTexts(first), modelTexts(second), most);
  count += diffTexts("format", formatTexts(a), formatTexts(b), most);
  count += diffTexts("weight", weightTexts(a), weightTexts(b), most);
  count += diffVariants(a, b, most);
  count += diffTexts("made from", factTexts(a), factTexts(b), most);
  if (count == 0)
    std::printf("%s\n", first.digest() == second.digest()
                            ? "the files are the same"
                            : "tables are the same, bytes of weights or code "
                              "differ");
  return args.gpu.empty() ? Status() : diffTimes(a, b, args.gpu);
}

Command addDiff(CLI::App &app) {
  auto args = std::make_shared<DiffArguments>();
  app.add_option("FIRST", args->first, "An artifact")->required();
  app.add_option("SECOND", args->second, "Another")->required();
  app.add_option("--gpu", args->gpu,
                 "Predict a step of both on this GPU, as g4c predict does");
  app.add_option("--most", args->most,
                 "Lines shown of each kind of difference; 0: all")
      ->capture_default_str();
  return [args] {
    Status status = runDiff(*args);
    return status.ok() ? int(kExitOk) : report(status);
  };
}

} // namespace g4
