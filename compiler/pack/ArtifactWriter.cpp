//===- ArtifactWriter.cpp - The .g4 file from the last IR -----------------===//

#include "compiler/pack/ArtifactWriter.h"

#include "compiler/pack/GenerationDefaults.h"
#include "compiler/pack/ModelTables.h"
#include "compiler/pack/ProgramWriter.h"
#include "compiler/pack/SyntheticWeight.h"
#include "compiler/pack/WeightPacker.h"
#include "compiler/pack/WriteBehind.h"
#include "dialects/tile/Tile.h"
#include "models/Family.h"
#include "models/checkpoint/ByteTokenizer.h"
#include "models/checkpoint/TokenizerJson.h"
#include "runtime/artifact/ArtifactHead.h"
#include "runtime/artifact/CanaryLayout.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/Checksum.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SHA256.h"

namespace g4 {

using namespace mlir;
using flatbuffers::Offset;
using g4rt::AtomicFile;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

constexpr uint64_t kBytesBetweenDrops = uint64_t{128} << 20;

namespace {

class ArtifactWriter {
public:
  ArtifactWriter(ModuleOp module, const Checkpoint &checkpoint,
                 AtomicFile &file, const PackOptions &options)
      : module_(module), checkpoint_(checkpoint), file_(file),
        options_(options) {
    for (auto nested : module.getOps<ModuleOp>())
      variants_.push_back(nested);
  }

  Status write();
  /// The bytes that the file will have. Fills it but for what takes long: the
  /// numbers of weights, of the canary and of the label.
  Result<uint64_t> measure();

private:
  /// Where a weight's bytes are, once they are written.
  struct StoredBytes {
    uint64_t begin = 0, size = 0, checksum = 0;
  };

  void collectWeights();
  bool isStored(graph::WeightOp weight) const {
    return options_.writeSynthetic || !graph::isSynthetic(weight);
  }
  Status writeAll();
  Status writeWeights();
  Status packWeights(std::vector<StoredBytes> &stored);
  Status skipWeights(std::vector<StoredBytes> &stored);
  Status writeWeight(graph::WeightOp weight, StoredBytes &stored,
                     WriteBehind &writer);
  Status appendBytes(std::span<const std::byte> bytes);
  Offset<artifact::Weight> syntheticTable(graph::WeightOp weight);
  void dropPagesSometimes(uint64_t newBytes);
  Status writeCode();
  Status reserveCanary();
  Status fillCanary();
  Status writeExpertCounts();
  Status checkExpertCounts();
  Status reserveLabel();
  Status fillLabel();
  Status fill(const artifact::Span &span, std::span<const std::byte> bytes);
  Status writeMetadata();
  Result<GenerationDefaults> defaults(const artifact::Tokenizer &tokenizer);
  Offset<artifact::Generation> generation(const GenerationDefaults &defaults);
  Result<std::vector<Offset<artifact::Fact>>>
  provenance(const FactOrigins &generation);

  int64_t fact(StringRef name) {
    return facts().getAs<IntegerAttr>(name).getInt();
  }
  std::string textFact(StringRef name) {
    return facts().getAs<StringAttr>(name).str();
  }
  DictionaryAttr facts() {
    return module_->getAttrOfType<DictionaryAttr>("g4.model");
  }

  ModuleOp module_;
  const Checkpoint &checkpoint_;
  AtomicFile &file_;
  const PackOptions &options_;
  SmallVector<ModuleOp> variants_;
  flatbuffers::FlatBufferBuilder b_{1 << 20};
  /// A weight in one packing, once for all variants.
  SmallVector<graph::WeightOp> weights_;
  std::map<ModuleOp, llvm::StringMap<uint32_t>, bool (*)(ModuleOp, ModuleOp)>
      weightIndex_{[](ModuleOp a, ModuleOp b) {
        return a.getOperation() < b.getOperation();
      }};
  std::vector<Offset<artifact::Weight>> weightTables_;
  std::vector<Offset<artifact::CodeObject>> codeTables_;
  std::vector<std::string> canaryNames_;
  artifact::Span canarySpan_{0, 0}, labelSpan_{0, 0};
  Offset<artifact::ExpertCounts> expertCounts_;
  uint64_t totalBytes_ = 0, doneBytes_ = 0, bytesSinceDrop_ = 0;
  bool isMeasuring_ = false;
};

} // namespace

// Variants that want a weight in the same packing share its bytes.
void ArtifactWriter::collectWeights() {
  std::map<std::string, uint32_t> known;
  for (ModuleOp variant : variants_)
    for (auto weight : variant.getOps<graph::WeightOp>()) {
      if (!weight.getWeightType().getLayout())
        continue; // nothing reads it
      std::string key = weight.getSymName().str();
      llvm::raw_string_ostream(key) << " " << weight.getType();
      auto [it, isNew] = known.try_emplace(key, weights_.size());
      if (isNew) {
        weights_.push_back(weight);
        if (isStored(weight))
          totalBytes_ += packedBytes(weight.getWeightType());
      }
      weightIndex_[variant][weight.getSymName()] = it->second;
    }
}

/// Runs beside the packing of what comes next.
Status ArtifactWriter::appendBytes(std::span<const std::byte> bytes) {
  G4RT_TRY(file_.append(bytes));
  doneBytes_ += bytes.size();
  if (options_.progress)
    options_.progress(doneBytes_, totalBytes_);
  return Status();
}

/// Posts what fills `stored`, which must stay until the writer has finished.
Status ArtifactWriter::writeWeight(graph::WeightOp weight, StoredBytes &stored,
                                   WriteBehind &writer) {
  auto sum = std::make_shared<g4rt::ChecksumStream>();
  G4RT_TRY(writer.post([this, &stored] {
    G4RT_TRY(file_.alignTo(g4rt::kSegmentAlignment));
    stored.begin = file_.size();
    return Status();
  }));
  auto post = [&](std::vector<std::byte> bytes) {
    dropPagesSometimes(bytes.size());
    return writer.post([this, sum, bytes = std::move(bytes)] {
      sum->update(bytes);
      return appendBytes(bytes);
    });
  };
  G4RT_TRY(packWeight(weight, checkpoint_, options_.calibration, post));
  return writer.post([this, sum, &stored] {
    stored.size = file_.size() - stored.begin;
    stored.checksum = sum->digest();
    return Status();
  });
}

Status ArtifactWriter::packWeights(std::vector<StoredBytes> &stored) {
  WriteBehind writer;
  for (auto [weight, bytes] : llvm::zip(weights_, stored))
    if (isStored(weight))
      G4RT_TRY(writeWeight(weight, bytes, writer));
  return writer.finish();
}

/// Holes in place of the weights' bytes. Metadata has no room for a checksum of
/// 0.
Status ArtifactWriter::skipWeights(std::vector<StoredBytes> &stored) {
  for (auto [weight, bytes] : llvm::zip(weights_, stored)) {
    if (!isStored(weight))
      continue;
    G4RT_TRY(file_.alignTo(g4rt::kSegmentAlignment));
    bytes = {file_.size(), packedBytes(weight.getWeightType()),
             /*checksum=*/1};
    G4RT_TRY(file_.skip(bytes.size));
  }
  return Status();
}

Status ArtifactWriter::writeWeights() {
  std::vector<StoredBytes> stored(weights_.size());
  G4RT_TRY(isMeasuring_ ? skipWeights(stored) : packWeights(stored));
  for (auto [weight, bytes] : llvm::zip(weights_, stored))
    weightTables_.push_back(isStored(weight)
                                ? weightTable(weight, {bytes.begin, bytes.size},
                                              bytes.checksum,
                                              /*synthetic=*/{}, b_)
                                : syntheticTable(weight));
  return Status();
}

// The checkpoint may be larger than memory. 128 MiB of 4-bit numbers are at
// most 1 GiB in it.
void ArtifactWriter::dropPagesSometimes(uint64_t newBytes) {
  bytesSinceDrop_ += newBytes;
  if (bytesSinceDrop_ < kBytesBetweenDrops)
    return;
  checkpoint_.dropPages();
  bytesSinceDrop_ = 0;
}

// How the loader makes the weight, in place of its bytes.
Offset<artifact::Weight>
ArtifactWriter::syntheticTable(graph::WeightOp weight) {
  artifact::SyntheticValues values = syntheticValues(weight);
  auto synthetic = artifact::CreateSynthetic(
      b_, values.seed, values.center, values.halfWidth, weight.getNumRealRows(),
      weight.getNumSegments());
  return weightTable(weight, {0, packedBytes(weight.getWeightType())},
                     /*checksum=*/0, synthetic, b_);
}

static artifact::CodeFormat formatOf(StringRef name) {
  if (name == "ptx")
    return artifact::CodeFormat::ptx;
  if (name == "cubin")
    return artifact::CodeFormat::cubin;
  if (name == "hsaco")
    return artifact::CodeFormat::hsaco;
  return artifact::CodeFormat::elf_shared_object;
}

Status ArtifactWriter::writeCode() {
  for (ModuleOp variant : variants_) {
    auto code = *variant.getOps<exec::CodeOp>().begin();
    StringRef binary = code.getBinary();
    auto bytes = std::as_bytes(std::span(binary.data(), binary.size()));
    G4RT_TRY(file_.alignTo(g4rt::kSegmentAlignment));
    artifact::Span span(file_.size(), bytes.size());
    G4RT_TRY(file_.append(bytes));
    ProgramWriter programs(variant, weightIndex_[variant], b_);
    auto kernels = programs.writeKernels(code);
    codeTables_.push_back(artifact::CreateCodeObject(
        b_, b_.CreateString(variant.getName()->str()),
        formatOf(code.getFormat()), &span, g4rt::checksum(bytes),
        b_.CreateVector(kernels),
        code.getLog() ? b_.CreateString(code.getLog()->str())
                      : Offset<flatbuffers::String>()));
  }
  return Status();
}

//===----------------------------------------------------------------------===//
// Canary
//===----------------------------------------------------------------------===//

/// The f32 taps of rows, which every variant and bucket has, and the logits.
static std::vector<std::string> canaryNames(ModuleOp variant) {
  auto program = *variant.getOps<exec::ProgramOp>().begin();
  auto bucket = *program.getBody().getOps<exec::BucketOp>().begin();
  std::vector<std::string> names;
  for (auto tap : bucket.getBody().getOps<exec::TapOp>()) {
    auto buffer = program.lookupSymbol<exec::BufferOp>(tap.getBufferAttr());
    if (buffer.getDtype().isF32() &&
        buffer.getRows() == exec::ExtentAttr::get(variant.getContext(),
                                                  exec::StepDim::Tokens, 1, 1,
                                                  0))
      names.push_back(tap.getName().str());
  }
  names.push_back("logits");
  return names;
}

Status ArtifactWriter::reserveCanary() {
  if (!options_.makeCanary)
    return Status();
  canaryNames_ = canaryNames(variants_.front());
  G4RT_TRY(file_.alignTo(g4rt::kSegmentAlignment));
  std::vector<std::byte> room(g4rt::canaryBytes(canaryNames_.size()));
  canarySpan_ = artifact::Span(file_.size(), room.size());
  return file_.append(room);
}

// The values are those of the file itself, which is whole but for them.
Status ArtifactWriter::fillCanary() {
  if (canaryNames_.empty())
    return Status();
  G4RT_ASSIGN(std::string path, file_.readablePath());
  auto values = options_.makeCanary(path);
  if (!values)
    return std::move(values).error().during("making the canary");
  return fill(canarySpan_, std::as_bytes(std::span(std::as_const(*values))));
}

// A segment that is known only when the metadata is written ends with its own
// checksum.
Status ArtifactWriter::fill(const artifact::Span &span,
                            std::span<const std::byte> bytes) {
  uint64_t sum = g4rt::checksum(bytes);
  G4RT_TRY(file_.overwrite(span.offset(), bytes));
  return file_.overwrite(span.offset() + bytes.size(),
                         std::as_bytes(std::span(&sum, 1)));
}

/// The tokens of the prompt, from end to end of the vocabulary.
static std::vector<int32_t> canaryTokens(int64_t vocabSize) {
  constexpr int64_t kCount = 5;
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < kCount; ++i)
    tokens.push_back(
        static_cast<int32_t>((2 + i * vocabSize / kCount) % vocabSize));
  return tokens;
}

/// Rounding and a router's ties between two kinds of machines stay far below;
/// kernels that are wrong give distances near 1.
static float canaryTolerance(ArrayRef<graph::WeightOp> weights) {
  bool isF32 = llvm::all_of(weights, [](graph::WeightOp weight) {
    return weight.getWeightType().getElementType().isF32();
  });
  return isF32 ? 0.01F : 0.3F;
}

//===----------------------------------------------------------------------===//
// Expert counts
//===----------------------------------------------------------------------===//

/// Counts of another model would say nothing of this one. Known before the
/// weights are packed.
Status ArtifactWriter::checkExpertCounts() {
  if (!options_.calibration)
    return Status();
  for (const auto &[layer, counts] : options_.calibration->experts) {
    auto scales = variants_.front().lookupSymbol<graph::WeightOp>(
        layer + ".router.per_expert_scale");
    int64_t numExperts = scales ? scales.getWeightType().getShape()[0] : 0;
    if (numExperts != counts.numExperts)
      return Status(StatusCode::InvalidArgument,
                    "the calibration is of another model: its " + layer +
                        " has " + std::to_string(counts.numExperts) +
                        " experts, needs " + std::to_string(numExperts));
  }
  return Status();
}

Status ArtifactWriter::writeExpertCounts() {
  if (!options_.calibration || options_.calibration->experts.empty())
    return Status();
  const CalibrationFile &calibration = *options_.calibration;
  G4RT_TRY(file_.alignTo(g4rt::kSegmentAlignment));
  uint64_t begin = file_.size();
  g4rt::ChecksumStream sum;
  std::vector<Offset<artifact::CountedLayer>> layers;
  for (const auto &[name, layer] : calibration.experts) {
    auto bytes = std::as_bytes(std::span(layer.rows));
    sum.update(bytes);
    G4RT_TRY(file_.append(bytes));
    layers.push_back(artifact::CreateCountedLayer(b_, b_.CreateString(name),
                                                  layer.numExperts));
  }
  artifact::Span span(begin, file_.size() - begin);
  expertCounts_ = artifact::CreateExpertCounts(
      b_, b_.CreateString(calibration.text), calibration.textChecksum,
      calibration.rows, b_.CreateVector(layers), &span, sum.digest());
  return Status();
}

//===----------------------------------------------------------------------===//
// Label
//===----------------------------------------------------------------------===//

Status ArtifactWriter::reserveLabel() {
  if (!options_.label)
    return Status();
  G4RT_TRY(file_.alignTo(g4rt::kSegmentAlignment));
  std::vector<std::byte> room(g4rt::kLabelBytes);
  labelSpan_ = artifact::Span(file_.size(), room.size());
  return file_.append(room);
}

Status ArtifactWriter::fillLabel() {
  if (!options_.label)
    return Status();
  G4RT_ASSIGN(std::string path, file_.readablePath());
  auto figures = options_.label->figures(path);
  if (!figures)
    return std::move(figures).error().during("making the label");
  return fill(labelSpan_, std::as_bytes(std::span(std::as_const(*figures))));
}

//===----------------------------------------------------------------------===//
// Metadata
//===----------------------------------------------------------------------===//

static Result<GenerationDefaults>
defaultsOf(const Checkpoint &checkpoint, const std::string &chatTemplate,
           int64_t vocabSize, const artifact::Tokenizer &tokenizer) {
  G4RT_ASSIGN(std::vector<std::string> turnEnds, chatTurnEnds(chatTemplate));
  return readGenerationDefaults(checkpoint,
                                {vocabSize, tokenizer, std::move(turnEnds)});
}

Result<GenerationDefaults>
ArtifactWriter::defaults(const artifact::Tokenizer &tokenizer) {
  return defaultsOf(checkpoint_, textFact("chat_template"), fact("vocab_size"),
                    tokenizer);
}

Offset<artifact::Generation>
ArtifactWriter::generation(const GenerationDefaults &defaults) {
  return artifact::CreateGeneration(
      b_, defaults.bosId, defaults.padId, b_.CreateVector(defaults.eosIds),
      defaults.doSample, defaults.temperature, defaults.topK, defaults.topP,
      b_.CreateVector(defaults.suppressedIds),
      b_.CreateVector(defaults.chatEosIds));
}

static std::string sha256Of(std::span<const std::byte> bytes) {
  llvm::SHA256 sha;
  sha.update(llvm::StringRef(reinterpret_cast<const char *>(bytes.data()),
                             bytes.size()));
  return llvm::toHex(sha.final(), /*LowerCase=*/true);
}

// What the compiler is, what it read, and where in it each fact stood.
Result<std::vector<Offset<artifact::Fact>>>
ArtifactWriter::provenance(const FactOrigins &generation) {
  std::vector<std::pair<std::string, std::string>> facts = {
      {"compiler", "g4c " G4_VERSION}};
  if (!checkpoint_.header().empty())
    facts.emplace_back("sha256 of the GGUF header",
                       sha256Of(checkpoint_.header()));
  for (const std::string name : {"config.json", "tokenizer.json"})
    if (auto file = g4rt::MappedFile::open(checkpoint_.filePath(name)))
      facts.emplace_back("sha256 of " + name, sha256Of(file->bytes()));
  if (this->facts().get("trained_weights"))
    facts.emplace_back("trained weights", textFact("trained_weights"));
  if (std::optional<uint64_t> seed = graph::syntheticSeed(module_)) {
    facts.emplace_back("synthetic weights", "seed " + std::to_string(*seed));
    if (!checkpoint_.hasTokenizer())
      facts.emplace_back("tokenizer", "made up: its last 256 ids are bytes");
  }
  G4RT_ASSIGN(FactOrigins origins, factOrigins(checkpoint_));
  origins.insert(origins.end(), generation.begin(), generation.end());
  for (const auto &[fact, origin] : origins)
    facts.emplace_back(fact, origin);
  std::vector<Offset<artifact::Fact>> tables;
  for (const auto &[key, value] : facts)
    tables.push_back(
        artifact::CreateFact(b_, b_.CreateString(key), b_.CreateString(value)));
  return tables;
}

/// tokenizer.json; where there is none and `mayMakeUp`, a tokenizer of bytes.
static Result<Offset<artifact::Tokenizer>>
readTokenizer(const Checkpoint &checkpoint, int64_t vocabSize, bool mayMakeUp,
              flatbuffers::FlatBufferBuilder &builder) {
  if (mayMakeUp && !checkpoint.hasTokenizer())
    return writeByteTokenizer(vocabSize, builder);
  G4RT_ASSIGN(g4rt::json::value root, checkpoint.readTokenizer());
  auto table = importParsedTokenizer(root, builder);
  if (!table)
    return std::move(table).error().during(
        checkpoint.filePath("tokenizer.json"));
  return *table;
}

Status ArtifactWriter::writeMetadata() {
  std::vector<Offset<artifact::Variant>> variants;
  for (auto [i, variant] : llvm::enumerate(variants_)) {
    auto target = variant->getAttrOfType<tile::TargetAttr>("g4t.target");
    ProgramWriter writer(variant, weightIndex_[variant], b_);
    auto program = writer.writeProgram();
    auto generators = writer.writeGenerators();
    variants.push_back(artifact::CreateVariant(
        b_, b_.CreateString(target.getName().str()), deviceOf(target),
        b_.CreateVectorOfStrings(featuresOf(target)), i, program,
        b_.CreateVector(generators)));
  }
  G4RT_ASSIGN(Offset<artifact::Tokenizer> tokenizerTable,
              readTokenizer(checkpoint_, fact("vocab_size"),
                            graph::syntheticSeed(module_).has_value(), b_));
  G4RT_ASSIGN(Offset<artifact::ChatTemplate> chatTemplate,
              writeChatTemplate(textFact("chat_template"), b_));
  G4RT_ASSIGN(GenerationDefaults texts,
              defaults(*flatbuffers::GetTemporaryPointer(b_, tokenizerTable)));
  Offset<artifact::Generation> generationTable = generation(texts);
  G4RT_ASSIGN(auto provenanceTables, provenance(texts.origins));
  Offset<artifact::Canary> canary;
  if (!canaryNames_.empty())
    canary = artifact::CreateCanary(
        b_, b_.CreateVector(canaryTokens(fact("vocab_size"))),
        b_.CreateVectorOfStrings(canaryNames_), &canarySpan_,
        canaryTolerance(weights_));
  Offset<artifact::Label> label;
  if (options_.label)
    label =
        artifact::CreateLabel(b_, b_.CreateString(options_.label->reference),
                              b_.CreateString(options_.label->text),
                              options_.label->textChecksum, &labelSpan_);
  auto root = artifact::CreateArtifact(
      b_, modelTable(facts(), b_), b_.CreateVector(weightTables_),
      b_.CreateVector(codeTables_), b_.CreateVector(variants), tokenizerTable,
      chatTemplate, generationTable, b_.CreateVector(provenanceTables), canary,
      label, expertCounts_);
  artifact::FinishSizePrefixedArtifactBuffer(b_, root);
  auto bytes = std::as_bytes(std::span(b_.GetBufferPointer(), b_.GetSize()));
  G4RT_TRY(file_.alignTo(g4rt::kSegmentAlignment));
  g4rt::ArtifactHead head{.fileSize = file_.size() + bytes.size(),
                          .metadataOffset = file_.size(),
                          .metadataSize = bytes.size(),
                          .metadataChecksum = g4rt::checksum(bytes)};
  G4RT_TRY(file_.append(bytes));
  return file_.overwrite(0, head.encode());
}

Status ArtifactWriter::writeAll() {
  collectWeights();
  G4RT_TRY(checkExpertCounts());
  std::array<std::byte, g4rt::kHeadBytes> room{};
  G4RT_TRY(file_.append(room));
  G4RT_TRY(writeWeights());
  G4RT_TRY(writeCode());
  G4RT_TRY(writeExpertCounts());
  G4RT_TRY(reserveCanary());
  G4RT_TRY(reserveLabel());
  return writeMetadata();
}

Status ArtifactWriter::write() {
  G4RT_TRY(writeAll());
  G4RT_TRY(fillCanary());
  return fillLabel();
}

Result<uint64_t> ArtifactWriter::measure() {
  isMeasuring_ = true;
  G4RT_TRY(writeAll());
  return file_.size();
}

Status checkTexts(ModuleOp module, const Checkpoint &checkpoint,
                  bool isSynthetic) {
  auto facts = module->getAttrOfType<DictionaryAttr>("g4.model");
  int64_t vocabSize = facts.getAs<IntegerAttr>("vocab_size").getInt();
  std::string chatTemplate = facts.getAs<StringAttr>("chat_template").str();
  flatbuffers::FlatBufferBuilder scratch;
  G4RT_ASSIGN(Offset<artifact::Tokenizer> tokenizer,
              readTokenizer(checkpoint, vocabSize, isSynthetic, scratch));
  auto numTokens =
      flatbuffers::GetTemporaryPointer(scratch, tokenizer)->num_tokens();
  if (numTokens > vocabSize)
    return Status(
        StatusCode::InvalidArgument,
        checkpoint.filePath("tokenizer.json") + ": " +
            std::to_string(numTokens) +
            " tokens, needs at most vocab_size = " + std::to_string(vocabSize));
  G4RT_ASSIGN(
      GenerationDefaults defaults,
      defaultsOf(checkpoint, chatTemplate, vocabSize,
                 *flatbuffers::GetTemporaryPointer(scratch, tokenizer)));
  if (defaults.neverEnds() && !isSynthetic)
    emitWarning(module.getLoc())
        << checkpoint.folder()
        << ": no file names a token that ends an answer, and the chat "
           "template's own are not in the vocabulary: answers end at their "
           "limit of tokens alone";
  return Status();
}

/// On a file that nobody will see.
static Status checkSize(ModuleOp module, const Checkpoint &checkpoint,
                        const PackOptions &options) {
  if (!options.checkSize)
    return Status();
  G4RT_ASSIGN(AtomicFile file, AtomicFile::create(options.outputPath));
  G4RT_ASSIGN(uint64_t bytes,
              ArtifactWriter(module, checkpoint, file, options).measure());
  return options.checkSize(bytes);
}

Status writeArtifact(ModuleOp module, const Checkpoint &checkpoint,
                     const PackOptions &options) {
  G4RT_TRY(checkSize(module, checkpoint, options));
  G4RT_ASSIGN(AtomicFile file, AtomicFile::create(options.outputPath));
  Status status = ArtifactWriter(module, checkpoint, file, options).write();
  if (!status.ok())
    return std::move(status).during("writing " + options.outputPath);
  return file.commit();
}

} // namespace g4
