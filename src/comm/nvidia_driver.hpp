#pragma once

namespace hone {

/// Whether this host runs NVIDIA's driver and nobody hides its devices on purpose, by setting
/// CUDA_VISIBLE_DEVICES to nothing. Needs no CUDA: a build without it should not pass over a card in silence.
bool runs_nvidia_driver();

}  // namespace hone
