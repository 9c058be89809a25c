// RUN: g4-print-code %s sm80 | FileCheck %s
// RUN: g4-print-code %s sm90 | FileCheck %s

// Each thread takes its own number and every 128th after it; then all wait.
// CHECK-LABEL: .entry for_each
// CHECK: %tid.x
// CHECK: st.global
// CHECK: add.{{[su]}}64 {{.*}}, 128;
// CHECK: bar.sync
g4t.kernel @for_each(%y: memref<?xi32>, %n: index) grid(%i, %j) threads 128 {
  %one = arith.constant 1 : i32
  g4t.for_each %k below %n {
    memref.store %one, %y[%k] : memref<?xi32>
  }
  g4t.return
}
