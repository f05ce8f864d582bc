// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/dberror.h"

#include <optional>
#include <utility>
#include <variant>

namespace Branchline {

/// Either a value or the DbError that kept it from being made. Default-constructed it is an Internal
/// error, so that a forgotten result can never pass for success (QFuture needs a default constructor).
template <typename T>
class [[nodiscard]] Result
{
public:
    Result() = default;
    Result(T value)
        : m_content(std::move(value))
    {} // NOLINT(google-explicit-constructor)
    Result(DbError error)
        : m_content(std::move(error))
    {} // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool isOk() const { return std::holds_alternative<T>(m_content); }
    explicit operator bool() const { return isOk(); }

    /// The value; call only when isOk().
    [[nodiscard]] const T &value() const { return std::get<T>(m_content); }
    [[nodiscard]] T &value() { return std::get<T>(m_content); }
    const T &operator*() const { return value(); }
    const T *operator->() const { return &value(); }

    /// The error; call only when !isOk().
    [[nodiscard]] const DbError &error() const { return std::get<DbError>(m_content); }

    /// The value, or the error thrown as a DbException: for code that already runs inside a database task.
    [[nodiscard]] const T &valueOrThrow() const &
    {
        orThrow();
        return value();
    }
    /// Of a temporary: a value of its own, that a range-for may run over.
    [[nodiscard]] T valueOrThrow() &&
    {
        orThrow();
        return std::move(value());
    }

    /// Throws the error, if there is one, for results whose value says nothing.
    void orThrow() const
    {
        if (!isOk())
            throw DbException(error());
    }

private:
    std::variant<DbError, T> m_content;
};

/// The value of a call that returns nothing but may fail.
using Done = std::monostate;

} // namespace Branchline
