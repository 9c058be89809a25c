// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// Bytes that are no text survive.
// CHECK: g4x.code "elf_shared_object" kernels ["a", "b"] scratch [0, 128] threads [1, 1] binary "\7FELF\00\FF"
g4x.code "elf_shared_object" kernels ["a", "b"] scratch [0, 128] threads [1, 1] binary "\7FELF\00\FF"

// -----

// CHECK: g4x.code "cubin" kernels ["a"] scratch [0] threads [128] binary "" {log = "said", registers = array<i64: 40>, spill_bytes = array<i64: 0>}
g4x.code "cubin" kernels ["a"] scratch [0] threads [128] binary "" {log = "said", registers = array<i64: 40>, spill_bytes = array<i64: 0>}

// -----

// CHECK: g4x.code "ptx" kernels ["a"] scratch [0] threads [128] binary "" {round = [#g4x.work<instructions = 1, integers = 0, specials = 0, barriers = 0, matrix_products = 0, shared_bytes = 0, stored_bytes = 0, bytes_in_flight = 0, loaded_bytes = [4, 0]>], work = [#g4x.work<instructions = 9, integers = 8, specials = 7, barriers = 6, matrix_products = 5, shared_bytes = 4, stored_bytes = 3, bytes_in_flight = 2, loaded_bytes = [1, 0]>]}
g4x.code "ptx" kernels ["a"] scratch [0] threads [128] binary "" {
  work = [#g4x.work<instructions = 9, integers = 8, specials = 7, barriers = 6, matrix_products = 5, shared_bytes = 4, stored_bytes = 3, bytes_in_flight = 2, loaded_bytes = [1, 0]>],
  round = [#g4x.work<instructions = 1, integers = 0, specials = 0, barriers = 0, matrix_products = 0, shared_bytes = 0, stored_bytes = 0, bytes_in_flight = 0, loaded_bytes = [4, 0]>]}

// -----

module @code_c1 {
  // expected-error @+1 {{needs scratch bytes and threads for each kernel, got 1 and 2 for 2}}
  g4x.code "ptx" kernels ["a", "b"] scratch [0] threads [1, 1] binary ""
}

// -----

module @code_c1_threads {
  // expected-error @+1 {{needs scratch bytes and threads for each kernel, got 2 and 1 for 2}}
  g4x.code "ptx" kernels ["a", "b"] scratch [0, 0] threads [1] binary ""
}

// -----

module @code_c2 {
  // expected-error @+1 {{needs registers and spill bytes for each kernel or none, got 1 for 2}}
  g4x.code "ptx" kernels ["a", "b"] scratch [0, 0] threads [1, 1] binary "" {spill_bytes = array<i64: 0>}
}

// -----

module @code_c2_work {
  // expected-error @+1 {{needs work and rounds of each kernel or none, got 0 for 1}}
  g4x.code "ptx" kernels ["a"] scratch [0] threads [1] binary "" {work = []}
}

// -----

module @code_c3 {
  // expected-error @+1 {{needs work and rounds to be #g4x.work}}
  g4x.code "ptx" kernels ["a"] scratch [0] threads [1] binary "" {round = [1]}
}

// -----

module @work_c1 {
  // expected-error @+1 {{needs numbers that are not negative, got -1}}
  g4x.code "ptx" kernels ["a"] scratch [0] threads [1] binary "" {work = [#g4x.work<instructions = 9, integers = 8, specials = 7, barriers = 6, matrix_products = 5, shared_bytes = 4, stored_bytes = 3, bytes_in_flight = 2, loaded_bytes = [-1]>]}
}
