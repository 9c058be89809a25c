//===- LinkSharedObject.h - One object file to a shared object --*- C++ -*-===//

#ifndef G4_CODEGEN_COMMON_LINKSHAREDOBJECT_H
#define G4_CODEGEN_COMMON_LINKSHAREDOBJECT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace g4 {

/// An ELF shared object made of one object file, x86-64 or AMDGPU, by lld in
/// this process. Same input, same bytes.
///
/// Errors: what lld says, or that a temporary file cannot be written.
llvm::Expected<std::string> linkSharedObject(llvm::StringRef object);

} // namespace g4

#endif // G4_CODEGEN_COMMON_LINKSHAREDOBJECT_H
