//===- VariantChoice.h - Which variant a device takes -----------*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_VARIANTCHOICE_H
#define G4_RUNTIME_EXEC_VARIANTCHOICE_H

#include "runtime/artifact/Artifact_generated.h"
#include "runtime/base/Status.h"
#include "runtime/device/Device.h"

#include <string>

namespace g4rt {

/// The variant that a device takes, and why, for people: "the file's first
/// choice", or "passed over: sapphirerapids (needs avx512bf16)".
struct VariantChoice {
  const artifact::Variant *variant = nullptr; // of the artifact
  std::string reason;
};

/// Why `variant` does not run on `device`, "needs avx2"; empty if it does.
std::string whyNot(const artifact::Variant &variant, const Device &device);

/// The reason for taking a variant after `passed`, a list of others.
std::string choiceReason(const std::string &passed);

/// The end of a message that no variant runs: what adds one for a device of
/// this targetName().
std::string howToAdd(const std::string &target);

/// The first variant whose device and features `device` has.
///
/// Errors: NotFound if no variant runs on the device; the message lists the
/// file's variants, what each lacks, and the command that adds one.
Result<VariantChoice> chooseVariant(const artifact::Artifact &root,
                                    const Device &device);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_VARIANTCHOICE_H
