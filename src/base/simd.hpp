#pragma once

/// Compiles a loop once per instruction set and lets the loader choose: one binary runs on every x86-64 node
/// and still uses AVX2 or AVX-512 where they exist.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define HONE_VECTORISED __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define HONE_VECTORISED
#endif
