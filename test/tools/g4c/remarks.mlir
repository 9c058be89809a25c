// RUN: g4c compile unused --target x86-64-v3 --compile-from=fuse --compile-to=fuse --input=%s --remarks --progress none -o %t.mlir 2>&1 | FileCheck %s
// RUN: g4c compile unused --target x86-64-v3 --compile-from=fuse --compile-to=fuse --input=%s --progress none -o %t.mlir 2>&1 | count 0

// With --remarks g4c says, with the place in the IR, why a fusion did not happen; without, nothing.
// CHECK: g4c: remark: loc("{{.*}}remarks.mlir":[[# @LINE + 10]]:10): the norm before it is not fused: it has 2 readers
module attributes {g4.model = {architecture = "a", chat_template = "gemma4-large", hidden_size = 4 : i64, max_positions = 8 : i64, name = "m", num_layers = 1 : i64, num_parameters = 1 : i64, vocab_size = 8 : i64}} {
  g4.weight @n : !g4q.weight<[4], <f32>> parts ["m.n"]
  g4.weight @w : !g4q.weight<[4, 4], <f32>> parts ["m.w"]
  func.func @step(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
    %n = g4.use @n : !g4q.weight<[4], <f32>>
    %w = g4.use @w : !g4q.weight<[4, 4], <f32>>
    // The tap is the second reader of the norm.
    %0 = g4.rms_norm %x, %n {epsilon = 1.0 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
    g4.tap "norm", %0 : tensor<?x4xf32>
    %1 = g4.linear %0, %w : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
    return %1, %x : tensor<?x4xf32>, tensor<?x4xf32>
  }
}
