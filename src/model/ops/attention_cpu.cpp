#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>

#include "model/ops/attention_kernels.hpp"
#include "model/ops/rows_cpu.hpp"
#include "model/ops/softmax_rows_cpu.hpp"

namespace hone::ops {
namespace {

constexpr std::int64_t kQueries = 64;  // a block's: products near full speed, few scores above the diagonal
constexpr std::int64_t kKeys = 512;    // a block's: the scores of both stay in a core's own cache

// So that every query sees a key of every block that its own block has.
static_assert(kKeys % kQueries == 0);

// Queries [first, first + count) of one head of the sample that begins at token `begin`.
struct Task {
  std::int64_t head, begin, first, count;

  std::int64_t cost() const { return count * (2 * first + count); }
};

// Up to `queries` of them a task, the dearest task first.
std::vector<Task> tasks_of(const Bounds& bounds, std::int64_t heads, std::int64_t queries) {
  std::vector<Task> tasks;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const std::int64_t length = bounds[i + 1] - bounds[i];
    for (std::int64_t first = 0; first < length; first += queries) {
      for (std::int64_t head = 0; head < heads; ++head)
        tasks.push_back({head, bounds[i], first, std::min(queries, length - first)});
    }
  }
  std::sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) { return a.cost() > b.cost(); });
  return tasks;
}

// One thread's scores or their gradients, (queries, keys) of a block, in memory that is used again.
class BlockMemory {
 public:
  explicit BlockMemory(const Tensor& like) : memory_(at::empty({kQueries * kKeys}, like.options())) {}

  Tensor matrix(std::int64_t rows, std::int64_t columns) const {
    return memory_.as_strided({rows, columns}, {columns, 1});
  }

 private:
  Tensor memory_;
};

// Lengths differ, so the threads take tasks as they come. What a task writes is its own: the result doesn't
// depend on who took it.
template <typename Run>
void for_each_task(const std::vector<Task>& tasks, const Tensor& like, const Run& run) {
  std::atomic<std::size_t> next = 0;
  at::parallel_for(0, at::get_num_threads(), 1, [&](std::int64_t, std::int64_t) {
    const c10::InferenceMode mode;  // each thread has its own
    const BlockMemory scores(like), gradients(like);
    for (std::size_t i = next++; i < tasks.size(); i = next++) run(tasks[i], scores, gradients);
  });
}

// (tokens, heads, head_dim) -> (count, head_dim), tokens of one head, without a copy.
Tensor rows_of(const Tensor& x, std::int64_t head, std::int64_t begin, std::int64_t count) {
  return x.as_strided({count, x.size(2)}, {x.stride(0), x.stride(2)},
                      x.storage_offset() + begin * x.stride(0) + head * x.stride(1));
}

// Of the keys [key, key + count), so many does a query see: those up to itself.
std::int64_t seen_by(std::int64_t query, std::int64_t key, std::int64_t count) {
  return std::min(query + 1 - key, count);
}

struct Inputs {
  const Tensor &q, &k, &v;  // as attention() takes them
  std::int64_t groups = q.size(1) / k.size(1);
  float scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(q.size(2))));

  Tensor keys(const Task& task, std::int64_t first, std::int64_t count) const {
    return rows_of(k, task.head / groups, task.begin + first, count);
  }
  Tensor values(const Task& task, std::int64_t first, std::int64_t count) const {
    return rows_of(v, task.head / groups, task.begin + first, count);
  }
};

// One block of queries. y: (tokens, heads, head_dim); logsumexp: (heads, tokens).
void forward(const Task& task, const Inputs& in, const BlockMemory& memory, const Tensor& y,
             const Tensor& logsumexp) {
  const std::int64_t begin = task.begin + task.first, end = task.first + task.count;
  const Tensor queries = rows_of(in.q, task.head, begin, task.count);
  Tensor output = rows_of(y, task.head, begin, task.count);
  float* const out = output.mutable_data_ptr<float>();
  const std::int64_t stride = output.stride(0), width = output.size(1);
  std::array<RunningSoftmax, kQueries> softmax;
  for (std::int64_t key = 0; key < end; key += kKeys) {
    const std::int64_t count = std::min(kKeys, end - key);
    Tensor scores = memory.matrix(task.count, count);
    at::mm_out(scores, queries, in.keys(task, key, count).t());
    float* const score = scores.mutable_data_ptr<float>();
    for (std::int64_t row = 0; row < task.count; ++row) {
      const float factor = extend_softmax(softmax[row], score + row * count,
                                          seen_by(task.first + row, key, count), count, in.scale);
      if (key > 0) scale_row(out + row * stride, width, factor);
    }
    if (key == 0) {
      at::mm_out(output, scores, in.values(task, key, count));
    } else {
      output.addmm_(scores, in.values(task, key, count));
    }
  }
  float* const sums = logsumexp.mutable_data_ptr<float>() + task.head * logsumexp.stride(0) + begin;
  for (std::int64_t row = 0; row < task.count; ++row) {
    scale_row(out + row * stride, width, 1 / softmax[row].sum);
    sums[row] = softmax[row].logsumexp();
  }
}

struct Gradients {
  const Tensor &dq, &dk, &dv;  // (tokens, heads, head_dim) each, of dk and dv too; those two begin at zero
};

// A block of queries of a whole sample's head, which task is: what they add to the gradients of the keys
// before them, and their own. dy, y: (tokens, heads, head_dim); weights are computed again.
void backward_block(const Task& task, std::int64_t first, const Inputs& in, const Tensor& dy, const Tensor& y,
                    const Tensor& logsumexp, const BlockMemory& memory, const BlockMemory& gradient_memory,
                    const Gradients& out) {
  const std::int64_t rows = std::min(kQueries, task.count - first), begin = task.begin + first;
  const Tensor queries = rows_of(in.q, task.head, begin, rows),
               d_queries = rows_of(out.dq, task.head, begin, rows);
  const Tensor upstream = rows_of(dy, task.head, begin, rows), output = rows_of(y, task.head, begin, rows);
  const float* const sums = logsumexp.const_data_ptr<float>() + task.head * logsumexp.stride(0) + begin;
  std::array<float, kQueries> projections;
  for (std::int64_t row = 0; row < rows; ++row) {
    projections[row] = dot(upstream.const_data_ptr<float>() + row * upstream.stride(0),
                           output.const_data_ptr<float>() + row * output.stride(0), output.size(1));
  }
  for (std::int64_t key = 0; key < first + rows; key += kKeys) {
    const std::int64_t count = std::min(kKeys, first + rows - key);
    const Tensor keys = in.keys(task, key, count);
    Tensor weights = memory.matrix(rows, count), d_scores = gradient_memory.matrix(rows, count);
    at::mm_out(weights, queries, keys.t());
    at::mm_out(d_scores, upstream, in.values(task, key, count).t());
    for (std::int64_t row = 0; row < rows; ++row) {
      softmax_backward_row(weights.mutable_data_ptr<float>() + row * count,
                           d_scores.mutable_data_ptr<float>() + row * count, seen_by(first + row, key, count),
                           count, in.scale, sums[row], projections[row]);
    }
    rows_of(out.dv, task.head, task.begin + key, count).addmm_(weights.t(), upstream);
    rows_of(out.dk, task.head, task.begin + key, count).addmm_(d_scores.t(), queries);
    d_queries.addmm_(d_scores, keys, key == 0 ? 0 : 1);
  }
}

// (tokens, kv_heads * groups, head_dim) -> (tokens, kv_heads, head_dim), into a view.
void sum_groups(const Tensor& x, std::int64_t groups, Tensor sum) {
  at::sum_out(sum, x.unflatten(1, {x.size(1) / groups, groups}), 2);
}

}  // namespace

Tensor attention_cpu(const Tensor& q, const Tensor& k, const Tensor& v, const Bounds& bounds,
                     AttentionSaved& saved) {
  const Inputs in{q, k, v};
  const Tensor y = at::empty(q.sizes(), q.options());
  const Tensor logsumexp = at::empty({q.size(1), q.size(0)}, q.options());
  for_each_task(tasks_of(bounds, q.size(1), kQueries), q,
                [&](const Task& task, const BlockMemory& memory, const BlockMemory&) {
                  forward(task, in, memory, y, logsumexp);
                });
  saved.output = y;
  saved.logsumexp = logsumexp;
  return y.flatten(1);
}

// A task is a whole head of a sample here: its queries all add to the gradients of the same keys.
void attention_backward_cpu(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                            const Bounds& bounds, const AttentionSaved& saved, const Tensor& dq,
                            const Tensor& dk, const Tensor& dv) {
  const Inputs in{q, k, v};
  const Tensor upstream = dy.contiguous().view(q.sizes());
  const Tensor dk_heads = at::zeros(q.sizes(), q.options()), dv_heads = at::zeros(q.sizes(), q.options());
  const Gradients out{dq, dk_heads, dv_heads};
  for_each_task(tasks_of(bounds, q.size(1), q.size(0)), q,
                [&](const Task& task, const BlockMemory& memory, const BlockMemory& gradient_memory) {
                  for (std::int64_t first = 0; first < task.count; first += kQueries) {
                    backward_block(task, first, in, upstream, saved.output, saved.logsumexp, memory,
                                   gradient_memory, out);
                  }
                });
  sum_groups(dk_heads, in.groups, dk);
  sum_groups(dv_heads, in.groups, dv);
}

}  // namespace hone::ops
