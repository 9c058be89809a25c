//===- CodeObjectNotes.cpp - What an AMD code object says of kernels ------===//

#include "codegen/hip/CodeObjectNotes.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/BinaryFormat/MsgPackDocument.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FormatVariadic.h"

namespace g4 {

using llvm::msgpack::DocNode;

static llvm::Error wrong(const char *what) {
  return llvm::createStringError("reading the notes of a code object: %s",
                                 what);
}

/// The bytes of the metadata's note.
static llvm::Expected<llvm::StringRef>
metadataOf(const llvm::object::ELF64LEObjectFile &file) {
  const auto &elf = file.getELFFile();
  auto sections = elf.sections();
  if (!sections)
    return sections.takeError();
  for (const auto &section : *sections) {
    if (section.sh_type != llvm::ELF::SHT_NOTE)
      continue;
    llvm::Error error = llvm::Error::success();
    for (const auto &note : elf.notes(section, error))
      if (note.getName() == "AMDGPU" &&
          note.getType() == llvm::ELF::NT_AMDGPU_METADATA) {
        llvm::consumeError(std::move(error));
        return note.getDescAsStringRef(section.sh_addralign);
      }
    if (error)
      return std::move(error);
  }
  return wrong("there is no NT_AMDGPU_METADATA");
}

/// The number of `key`; sets `isMissing` if there is none.
static int64_t numberOf(llvm::msgpack::MapDocNode &kernel, const char *key,
                        bool &isMissing) {
  auto found = kernel.find(key);
  if (found == kernel.end() ||
      found->second.getKind() != llvm::msgpack::Type::UInt) {
    isMissing = true;
    return 0;
  }
  return static_cast<int64_t>(found->second.getUInt());
}

static llvm::Error addKernel(DocNode &node, CodeObjectNotes &notes) {
  if (!node.isMap())
    return wrong("a kernel is no map");
  llvm::msgpack::MapDocNode &kernel = node.getMap();
  auto name = kernel.find(".name");
  if (name == kernel.end() || !name->second.isString())
    return wrong("a kernel has no .name");
  bool isMissing = false, hasNone = false;
  AmdResources needs{
      .vgprs = numberOf(kernel, ".vgpr_count", isMissing),
      // Only of chips that have such registers.
      .agprs = numberOf(kernel, ".agpr_count", hasNone),
      .sgprs = numberOf(kernel, ".sgpr_count", isMissing),
      .ldsBytes = numberOf(kernel, ".group_segment_fixed_size", isMissing),
      .scratchBytes =
          numberOf(kernel, ".private_segment_fixed_size", isMissing),
      .wavefront = numberOf(kernel, ".wavefront_size", isMissing)};
  if (isMissing)
    return wrong("a kernel lacks one of its numbers");
  llvm::StringRef symbol = name->second.getString();
  notes.text += llvm::formatv(
      "{0}: {1} VGPRs, {2} of them accumulators, {3} SGPRs, {4} bytes of LDS "
      "beside the launch's, {5} bytes of scratch, wavefront {6}\n",
      symbol, needs.vgprs, needs.agprs, needs.sgprs, needs.ldsBytes,
      needs.scratchBytes, needs.wavefront);
  notes.kernels[symbol] = needs;
  return llvm::Error::success();
}

llvm::Expected<CodeObjectNotes> readCodeObjectNotes(llvm::StringRef bytes) {
  auto file = llvm::object::ObjectFile::createELFObjectFile(
      llvm::MemoryBufferRef(bytes, "code object"));
  if (!file)
    return file.takeError();
  auto *elf = llvm::dyn_cast<llvm::object::ELF64LEObjectFile>(file->get());
  if (!elf)
    return wrong("it is no ELF file of 64 bits");
  auto metadata = metadataOf(*elf);
  if (!metadata)
    return metadata.takeError();
  llvm::msgpack::Document document;
  if (!document.readFromBlob(*metadata, /*Multi=*/false) ||
      !document.getRoot().isMap())
    return wrong("the metadata is no map in MessagePack");
  auto &root = document.getRoot().getMap();
  auto kernels = root.find("amdhsa.kernels");
  if (kernels == root.end() || !kernels->second.isArray())
    return wrong("there is no list amdhsa.kernels");
  CodeObjectNotes notes;
  for (DocNode &kernel : kernels->second.getArray())
    if (llvm::Error error = addKernel(kernel, notes))
      return std::move(error);
  return notes;
}

} // namespace g4
