// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @router
func.func @router(%x: tensor<?x4xf32>, %s: !g4q.weight<[4], <f32>>, %p: !g4q.weight<[8, 4], <f32>>, %e: !g4q.weight<[8], <f32>>) {
  // CHECK: g4.router %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 1.000000e+00 : f32, factor = 5.000000e-01 : f32} : ({{.*}}) -> (tensor<?x2xf32>, tensor<?x2xi32>)
  %0:2 = g4.router %x, %s, %p, %e {factor = 0.5 : f32, epsilon = 1.0 : f32} : (tensor<?x4xf32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8, 4], <f32>>, !g4q.weight<[8], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>)
  return
}

// -----

func.func @router_c1(%x: tensor<?x4xf32>, %s: !g4q.weight<[4], <f32>>, %p: !g4q.weight<[8, 4], <f32>>) {
  // expected-error @+1 {{needs proj [E, 4], scale [4] and per_expert_scale [E]}}
  %0:2 = g4.router %x, %s, %p, %s {factor = 0.5 : f32, epsilon = 1.0 : f32} : (tensor<?x4xf32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8, 4], <f32>>, !g4q.weight<[4], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>)
  return
}

// -----

func.func @router_c2(%x: tensor<?x4xf32>, %s: !g4q.weight<[4], <f32>>, %p: !g4q.weight<[8, 4], <f32>>, %e: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{results must be [rows, k] with 1 <= k <= 8, got 'tensor<?x9xf32>' and 'tensor<?x9xi32>'}}
  %0:2 = g4.router %x, %s, %p, %e {factor = 0.5 : f32, epsilon = 1.0 : f32} : (tensor<?x4xf32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8, 4], <f32>>, !g4q.weight<[8], <f32>>) -> (tensor<?x9xf32>, tensor<?x9xi32>)
  return
}

// -----

func.func @router_c3(%x: tensor<?x4xf32>, %s: !g4q.weight<[4], <f32>>, %p: !g4q.weight<[8, 4], <f32>>, %e: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{skip_below must be from 0 to 1/2}}
  %0:2 = g4.router %x, %s, %p, %e {factor = 0.5 : f32, epsilon = 1.0 : f32, skip_below = 0.6 : f32} : (tensor<?x4xf32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8, 4], <f32>>, !g4q.weight<[8], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>)
  return
}
