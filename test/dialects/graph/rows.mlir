// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @rows
func.func @rows(%x: tensor<?x4xf32>, %w: !g4q.weight<[4], <f32>>, %e: tensor<?x2x4xf32>, %ew: tensor<?x2xf32>) {
  // CHECK: g4.rows(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : (tensor<?x4xf32>, !g4q.weight<[4], <f32>>, tensor<?x2x4xf32>, tensor<?x2xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %0:2 = g4.rows(%x, %w, %e, %ew) : (tensor<?x4xf32>, !g4q.weight<[4], <f32>>, tensor<?x2x4xf32>, tensor<?x2xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK-NEXT: ^bb0(%[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: !g4q.weight<[4], <f32>>, %[[E:.*]]: tensor<?x2x4xf32>, %[[EW:.*]]: tensor<?x2xf32>):
  ^bb0(%a: tensor<?x4xf32>, %b: !g4q.weight<[4], <f32>>, %c: tensor<?x2x4xf32>, %d: tensor<?x2xf32>):
    // CHECK-NEXT: g4.expert_sum %[[E]], %[[EW]]
    %s = g4.expert_sum %c, %d : tensor<?x2x4xf32>, tensor<?x2xf32> -> tensor<?x4xf32>
    // CHECK-NEXT: g4.rms_norm %{{.*}}, %[[W]]
    %n = g4.rms_norm %s, %b {epsilon = 1.0 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
    // CHECK-NEXT: g4.add %[[X]]
    %r = g4.add %a, %n : tensor<?x4xf32>
    // CHECK-NEXT: g4.yield %{{.*}}, %{{.*}} : tensor<?x4xf32>, tensor<?x4xf32>
    g4.yield %r, %n : tensor<?x4xf32>, tensor<?x4xf32>
  }
  return
}

// -----

func.func @rows_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{block arguments must have the types of the inputs}}
  %0 = g4.rows(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32> {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<?x4xf32>):
    g4.yield %a : tensor<?x4xf32>
  }
  return
}

// -----

func.func @rows_c1_yield(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{yielded values must have the types of the results}}
  %0 = g4.rows(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32> {
  ^bb0(%a: tensor<?x4xf32>):
    g4.yield
  }
  return
}

// -----

func.func @rows_c2(%x: tensor<?x4xf32>, %y: tensor<?x8xf32>) {
  // expected-error @+1 {{results must have one type}}
  %0:2 = g4.rows(%x, %y) : (tensor<?x4xf32>, tensor<?x8xf32>) -> (tensor<?x4xf32>, tensor<?x8xf32>) {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<?x8xf32>):
    g4.yield %a, %b : tensor<?x4xf32>, tensor<?x8xf32>
  }
  return
}

// -----

func.func @rows_c2_rank(%x: tensor<?xf32>) {
  // expected-error @+1 {{results must be [rows, D], or [rows, groups, D] without an expert_sum, got 'tensor<?xf32>'}}
  %0 = g4.rows(%x) : (tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%a: tensor<?xf32>):
    g4.yield %a : tensor<?xf32>
  }
  return
}

// -----

func.func @rows_c2_none(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{needs a result}}
  g4.rows(%x) : (tensor<?x4xf32>) -> () {
  ^bb0(%a: tensor<?x4xf32>):
    g4.yield
  }
  return
}

// -----

func.func @rows_c3(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{a row group cannot hold g4.softcap}}
  %0 = g4.rows(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32> {
  ^bb0(%a: tensor<?x4xf32>):
    %c = g4.softcap %a {cap = 30.0 : f32} : tensor<?x4xf32>
    g4.yield %c : tensor<?x4xf32>
  }
  return
}

// -----

func.func @rows_c3_end(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{must end with a g4.yield}}
  %0 = g4.rows(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32> {
  ^bb0(%a: tensor<?x4xf32>):
    %c = g4.add %a, %a : tensor<?x4xf32>
  }
  return
}
