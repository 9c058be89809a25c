// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// Bytes that are no text survive.
// CHECK: g4x.code "elf_shared_object" kernels ["a", "b"] scratch [0, 128] binary "\7FELF\00\FF"
g4x.code "elf_shared_object" kernels ["a", "b"] scratch [0, 128] binary "\7FELF\00\FF"

// -----

module @code_c1 {
  // expected-error @+1 {{needs scratch bytes for each kernel, got 1 for 2}}
  g4x.code "ptx" kernels ["a", "b"] scratch [0] binary ""
}
