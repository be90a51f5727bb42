/*
 * A fuzz target is one function over any bytes. With --enable-fuzzing libFuzzer drives it; else it
 * is a plain test over its stored inputs (tests/fuzz/corpus/NAME) and mutations of them.
 */
#ifndef ECOM_TESTS_FUZZ_FUZZ_H
#define ECOM_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
