// Any bytes as an artifact. The checksums are made right first, or nothing
// would ever come past them. What is accepted can be planned, and its text
// tables can be used; its code is not loaded, since that would run it.

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/artifact/ArtifactHead.h"
#include "runtime/exec/MemoryPlan.h"
#include "runtime/text/template/ChatTemplate.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include "test/fuzz/Fuzz.h"
#include "test/support/ToyModel.h"

using namespace g4rt;

static void use(const ArtifactFile &file) {
  const artifact::Artifact &root = file.root();
  (void)verifyAtLoad(file, DataVerification::Always);
  if (Result<Tokenizer> tokenizer = Tokenizer::create(*root.tokenizer()))
    (void)tokenizer->encode("hello\n", SpecialTokens::Match);
  if (root.chat_template())
    (void)ChatTemplate::create(*root.chat_template());
  for (const artifact::Variant *variant : *root.variants()) {
    Result<MemoryPlan> plan = planMemory(root, *variant->program(), {});
    if (!plan)
      continue;
    StepSizes sizes{1, 1, 1};
    for (const artifact::Buffer *buffer : *variant->program()->buffers())
      require(sizes.evaluate(*buffer->rows()) * buffer->cols() <=
                  plan->storageBytes[buffer->storage()],
              "a buffer fits its storage");
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string bytes(textOf(data, size));
  if (bytes.size() >= kHeadBytes)
    repairChecksums(bytes);
  FuzzFile copy(bytes);
  Result<ArtifactFile> file = ArtifactFile::open(copy.path());
  if (file)
    use(*file);
  else
    require(file.error().code() == StatusCode::DataLoss || (size == 0 && !file),
            "damage is DataLoss");
  return 0;
}
