#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Kernel: the computation of one node, made once when a Plan is built (attributes parsed, weights packed) and
// run many times, possibly from several executions at once: run() is const and everything that changes comes
// with the context.

#include "engine/base/result.h"
#include "engine/graph/graph.h"

#include <functional>
#include <memory>
#include <span>
#include <type_traits>

namespace orrery::ops {

// A non-owning reference to a callable; lives for one call.
template<class Signature>
class FunctionRef;
template<class R, class... Args>
class FunctionRef<R(Args...)> {
public:
    template<class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>) FunctionRef(F&& function)
        : m_object(const_cast<void*>(static_cast<const void*>(&function)))
        , m_call([](void* object, Args... args) -> R {
            return (*static_cast<std::remove_reference_t<F>*>(object))(args...);
        })
    {}
    R operator()(Args... args) const { return m_call(m_object, args...); }

private:
    void* m_object;
    R (*m_call)(void*, Args...);
};

// What is known of a node when its kernel is made.
struct KernelInfo {
    const graph::Node& node;
    std::int64_t opsetVersion = 0;
    std::span<const graph::ValueType> inputs; // Unknown kind for an absent input
    std::span<const graph::ValueType> outputs;
    std::span<const graph::Tensor* const> constants; // per input; null when it is not a constant

    bool hasInput(std::size_t i) const { return i < node.inputs.size() && node.inputs[i].valid(); }
    bool hasOutput(std::size_t i) const { return i < node.outputs.size() && node.outputs[i].valid(); }
    graph::DataType inputElement(std::size_t i) const
    {
        return i < inputs.size() ? inputs[i].element : graph::DataType::Undefined;
    }
    const graph::Tensor* constant(std::size_t i) const
    {
        return i < constants.size() ? constants[i] : nullptr;
    }
};

class KernelContext {
public:
    virtual ~KernelContext() = default;

    // Null when the optional input is absent. Valid during run().
    virtual const graph::Tensor* input(std::size_t i) const = 0;
    virtual std::size_t inputCount() const = 0;
    virtual bool wantsOutput(std::size_t i) const = 0; // false for an omitted optional output
    // The output's storage for these dims: its planned place when the plan knew them, else allocated now.
    // Uninitialised. May be the very bytes of an input that the OpSpec allowed to be reused: compare bytes()
    // when that matters.
    virtual Result<graph::Tensor*> output(std::size_t i, graph::DataType type,
                                          std::span<const std::int64_t> dims) = 0;
    // Bytes for the length of this run(), 64-byte aligned, uninitialised; the second call gives a second
    // piece.
    virtual Result<std::byte*> scratch(std::size_t bytes) = 0;

    // Calls body(begin, end) over [0, count) cut into pieces of at least grain, on the run's threads; returns
    // when all are done. The cut depends on count, grain and the thread count alone, never on timing.
    virtual void parallelFor(std::int64_t count, std::int64_t grain,
                             FunctionRef<void(std::int64_t, std::int64_t)> body) = 0;
    virtual int threadCount() const = 0;
    // True once the run was asked to stop; a kernel that may take long asks now and then and returns early.
    virtual bool stopRequested() const = 0;
    // The state of the run's random generator, for ops that draw; each call gives the next 64 bits.
    virtual std::uint64_t nextRandom() = 0;
};

// A concrete input or output.
struct TensorSize {
    graph::DataType type = graph::DataType::Undefined; // of one that is absent or not known
    graph::Dims dims;

    std::int64_t elements() const;
    std::int64_t bytes() const;
};

// What a kernel would run with.
struct RunSizes {
    std::span<const TensorSize> inputs;
    std::span<const TensorSize> outputs;
    int threads = 1;
};

class Kernel {
public:
    virtual ~Kernel() = default;
    virtual Result<void> run(KernelContext& context) const = 0;
    // What run() would take through scratch(), all pieces together. A kernel that takes any asks for it by
    // the same function that answers here, so that the two cannot drift apart; 0 where sizes do not tell.
    virtual std::int64_t scratchBytes(const RunSizes&) const { return 0; }
};

using KernelPtr = std::unique_ptr<Kernel>;

// A kernel from a callable `Result<void>(KernelContext&) const`.
template<class F>
KernelPtr makeKernel(F function)
{
    class FunctionKernel final : public Kernel {
    public:
        explicit FunctionKernel(F f)
            : m_function(std::move(f))
        {}
        Result<void> run(KernelContext& context) const override { return m_function(context); }

    private:
        F m_function;
    };
    return std::make_unique<FunctionKernel>(std::move(function));
}

// The same, and how much it takes: `std::int64_t(const RunSizes&) const`.
template<class F, class S>
KernelPtr makeKernel(F function, S scratchBytes)
{
    class FunctionKernel final : public Kernel {
    public:
        FunctionKernel(F f, S s)
            : m_function(std::move(f))
            , m_scratchBytes(std::move(s))
        {}
        Result<void> run(KernelContext& context) const override { return m_function(context); }
        std::int64_t scratchBytes(const RunSizes& sizes) const override { return m_scratchBytes(sizes); }

    private:
        F m_function;
        S m_scratchBytes;
    };
    return std::make_unique<FunctionKernel>(std::move(function), std::move(scratchBytes));
}

} // namespace orrery::ops
