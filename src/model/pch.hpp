// What every file that handles tensors includes; precompiled once, since ATen costs 17 s a file otherwise.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
