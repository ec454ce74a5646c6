#include "model/causal_lm.hpp"

#include "model/ops/embedding.hpp"

namespace hone {
namespace {

constexpr std::int64_t kEmbedding = 0;

// Block i is unit i + 1.
std::int64_t unit_of(std::int64_t block) { return block + 1; }

std::vector<Block> make_blocks(const ModelConfig& config, std::vector<WeightSet>& units,
                               const LoraMaths* lora) {
  HONE_ASSERT(static_cast<std::int64_t>(units.size()) == config.num_hidden_layers + 2);
  std::vector<Block> blocks;
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) {
    blocks.emplace_back(config, units[unit_of(i)], lora, static_cast<std::uint32_t>(i));
  }
  return blocks;
}

}  // namespace

CausalLm::CausalLm(const ModelConfig& config, std::vector<WeightSet>& units, const LoraMaths* lora)
    : tied_(config.tie_word_embeddings),
      embedding_(units.front().at("embed_tokens")),
      blocks_(make_blocks(config, units, lora)),
      head_(config, units.back().at("norm"), tied_ ? embedding_ : units.back().at("lm_head")) {}

Tensor CausalLm::embed(const MicroBatch& batch, WeightAccess& access) const {
  access.acquire(kEmbedding);
  access.prefetch(unit_of(0));
  Tensor x = ops::embedding(batch.ids, embedding_.value());
  access.release(kEmbedding);
  return x;
}

// Past the last block comes the head, which a tied model computes with the embedding.
void CausalLm::prefetch_after(std::int64_t block, WeightAccess& access) const {
  access.prefetch(unit_of(block + 1));
  if (tied_ && unit_of(block + 1) == head_unit()) access.prefetch(kEmbedding);
}

void CausalLm::acquire_head(WeightAccess& access) const {
  access.acquire(head_unit());
  if (tied_) access.acquire(kEmbedding);
}

void CausalLm::release_head(WeightAccess& access) const {
  access.release(head_unit());
  if (tied_) access.release(kEmbedding);
}

Tensor CausalLm::forward_backward(const MicroBatch& batch, double scale, Activations activations,
                                  WeightAccess& access) const {
  const bool recompute = activations == Activations::kRecompute;
  std::vector<Block::Saved> saved(blocks_.size());
  Tensor x = embed(batch, access);
  for (std::int64_t i = 0; i < layers(); ++i) {
    access.acquire(unit_of(i));
    prefetch_after(i, access);
    Tensor input = x;
    x = blocks_[i].forward(input, batch.segments, saved[i]);
    if (recompute) {
      saved[i] = {};
      saved[i].input = std::move(input);
    }
    access.release(unit_of(i));
  }

  acquire_head(access);
  access.prefetch(unit_of(layers() - 1));
  access.begin_gradient(head_unit());
  if (tied_) access.begin_gradient(kEmbedding);
  auto [loss, dx] = head_.forward_backward(x, batch.targets, scale);
  access.end_gradient(head_unit());
  release_head(access);

  for (std::int64_t i = layers() - 1; i >= 0; --i) {
    access.acquire(unit_of(i));
    if (i > 0) access.prefetch(unit_of(i - 1));
    if (recompute) {
      const Tensor input = saved[i].input;
      blocks_[i].forward(input, batch.segments, saved[i]);
    }
    access.begin_gradient(unit_of(i));
    if (i == 0 && !tied_) access.begin_gradient(kEmbedding);
    dx = blocks_[i].backward(dx, batch.segments, saved[i], needed_if(i > 0 || embedding_.has_grad()));
    saved[i] = {};
    access.end_gradient(unit_of(i));
    access.release(unit_of(i));
  }

  if (embedding_.has_grad()) ops::embedding_backward(dx, batch.ids, embedding_.grad());
  access.end_gradient(kEmbedding);
  return loss;
}

Tensor CausalLm::hidden(const MicroBatch& batch, WeightAccess& access) const {
  Tensor x = embed(batch, access);
  for (std::int64_t i = 0; i < layers(); ++i) {
    access.acquire(unit_of(i));
    prefetch_after(i, access);
    Block::Saved dropped;
    x = blocks_[i].forward(x, batch.segments, dropped);
    access.release(unit_of(i));
  }
  return x;
}

Tensor CausalLm::loss(const MicroBatch& batch, WeightAccess& access) const {
  const Tensor x = hidden(batch, access);
  acquire_head(access);
  Tensor loss = head_.loss(x, batch.targets);
  release_head(access);
  return loss;
}

Tensor CausalLm::logits(const MicroBatch& batch, WeightAccess& access) const {
  const Tensor x = hidden(batch, access);
  acquire_head(access);
  Tensor logits = head_.logits(x);
  release_head(access);
  return logits;
}

}  // namespace hone
