//===- ArtifactCheck.h - The meaning of an artifact's tables ----*- C++ -*-===//
//
// The flatbuffer verifier has shown that the tables can be read. This says that
// they fit each other: what is checked here the rest of the runtime relies on.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ARTIFACT_ARTIFACTCHECK_H
#define G4_RUNTIME_ARTIFACT_ARTIFACTCHECK_H

#include "runtime/artifact/Artifact_generated.h"
#include "runtime/base/Status.h"

namespace g4rt {

namespace artifact = ::g4::artifact;

/// Segments inside [kHeadBytes, dataEnd), aligned, in order and not
/// overlapping; sizes as shape and packing ask; indices inside their tables;
/// every launch's arguments as its kernel declares them; numbers within limits.
///
/// Errors: DataLoss naming the table entry, what was found and what was needed.
Status checkArtifact(const artifact::Artifact &root, uint64_t dataEnd);

/// The same for one variant's program. `variant.code()` names a code object.
Status checkProgram(const artifact::Artifact &root,
                    const artifact::Variant &variant);

/// Every launch has the grid that its kernel is made for, and its arguments are
/// the memory that it reaches: so no launch touches other memory, however large
/// the step. Within a bucket nothing is read that was not written before. The
/// rest of the program is checked.
Status checkReaches(const artifact::Artifact &root,
                    const artifact::Program &program,
                    const artifact::CodeObject &code);

/// The same for how a weight is made that has passed the checks of a weight.
Status checkSynthetic(const artifact::Weight &weight);

/// A variant's generators are kernels of the right kind, and there is one for
/// each synthetic weight that its program reads. The program is checked.
Status checkGenerators(const artifact::Artifact &root,
                       const artifact::Variant &variant);

} // namespace g4rt

#endif // G4_RUNTIME_ARTIFACT_ARTIFACTCHECK_H
