#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Result<T>: a value or an Error. Every fallible function inside the program returns one; no exception
// crosses a library, thread or process border. TRY(expression) unwraps a Result or returns its error from the
// current function.

#include "engine/base/check.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace orrery {

// What kind of failure; the command line turns it into the exit status.
enum class ErrorCode {
    Usage,        // the caller asked for something that makes no sense
    BadFile,      // an input file is missing, malformed, or refused
    Unsupported,  // well formed, but this program cannot do it
    BadModel,     // a graph that cannot run: types, shapes, cycles, unknown ops
    RunFailed,    // a node failed while the model was running
    LimitReached, // a memory, size or time limit
    RunnerDied,   // the process that ran the model ended abnormally
    Cancelled,
    Io,
    Internal,
};

struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message; // one sentence: what was expected, what was found
    std::string where;   // node, value, file or byte it happened at; may be empty

    // "where: message", or the message alone.
    std::string text() const { return where.empty() ? message : where + ": " + message; }
};

template<class T>
class [[nodiscard]] Result {
public:
    Result(T value)
        : m_state(std::in_place_index<0>, std::move(value))
    {}
    Result(Error error)
        : m_state(std::in_place_index<1>, std::move(error))
    {}

    bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() &
    {
        CHECK(ok());
        return std::get<0>(m_state);
    }
    const T& value() const&
    {
        CHECK(ok());
        return std::get<0>(m_state);
    }
    T&& value() &&
    {
        CHECK(ok());
        return std::get<0>(std::move(m_state));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& error() const&
    {
        CHECK(!ok());
        return std::get<1>(m_state);
    }
    Error&& error() &&
    {
        CHECK(!ok());
        return std::get<1>(std::move(m_state));
    }

    T releaseValue() { return std::move(value()); }
    Error releaseError() { return std::get<1>(std::move(m_state)); }

private:
    std::variant<T, Error> m_state;
};

template<>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error)
        : m_error(std::move(error))
    {}

    bool ok() const { return !m_error.has_value(); }
    explicit operator bool() const { return ok(); }
    void value() const { CHECK(ok()); }
    void releaseValue() const { CHECK(ok()); }
    const Error& error() const
    {
        CHECK(!ok());
        return *m_error;
    }
    Error releaseError()
    {
        CHECK(!ok());
        return std::move(*m_error);
    }

private:
    std::optional<Error> m_error;
};

} // namespace orrery

#define TRY(expression)                                                                                      \
    __extension__({                                                                                          \
        auto tryResult_ = (expression);                                                                      \
        if (!tryResult_.ok())                                                                                \
            return tryResult_.releaseError();                                                                \
        tryResult_.releaseValue();                                                                           \
    })
