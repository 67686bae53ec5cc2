// How the emulator goes from one thread of a block to another.
#pragma once

// Leaves one fiber for another: callee-saved registers and the stack pointer are all there is to a fiber (x86-64).
extern "C" void skySwitch(void** from, void* to);
asm(R"(.text
.weak skySwitch
skySwitch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
)");
