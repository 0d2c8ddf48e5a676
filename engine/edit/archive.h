#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Inside of the journal's codec: an Encoder and a Decoder that share one list of fields for each struct, a
// function `void fields(auto& archive, Of<S> auto& s)`. The decoder never trusts a byte: counts are checked
// against what is left, enums and alternatives against their last, nesting against a limit; after the first
// fault everything reads as zero and failed() says so.

#include "engine/base/byte_reader.h"
#include "engine/base/ids.h"

#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace orrery::edit::archive {

template<class T, class U>
concept Of = std::same_as<std::remove_const_t<T>, U>;

template<class E>
struct Last; // the last enumerator of an enum that is written

class Encoder {
public:
    template<class... T>
    void operator()(const T&... values)
    {
        (put(values), ...);
    }
    ByteWriter& writer() { return m_writer; }

private:
    template<class T>
    void put(const T& value)
    {
        if constexpr (std::is_enum_v<T> || std::is_unsigned_v<T>)
            m_writer.varint(static_cast<std::uint64_t>(value));
        else if constexpr (std::is_floating_point_v<T>)
            m_writer.fixed(value);
        else if constexpr (std::is_signed_v<T>)
            m_writer.zigzag(value);
        else
            fields(*this, value);
    }
    void put(const std::string& value) { m_writer.string(value); }
    void put(const std::monostate&) {}
    template<class Tag>
    void put(const Id<Tag>& id)
    {
        m_writer.varint(id.valid() ? std::uint64_t{id.value} + 1 : 0);
    }
    template<class T>
    void put(const std::vector<T>& values)
    {
        m_writer.varint(values.size());
        for (const T& value : values)
            put(value);
    }
    template<class A, class B>
    void put(const std::pair<A, B>& value)
    {
        (*this)(value.first, value.second);
    }
    template<class T>
    void put(const std::optional<T>& value)
    {
        put(value.has_value());
        if (value)
            put(*value);
    }
    template<class... T>
    void put(const std::variant<T...>& value)
    {
        m_writer.varint(value.index());
        std::visit([this](const auto& alternative) { put(alternative); }, value);
    }

    ByteWriter m_writer;
};

class Decoder {
public:
    explicit Decoder(std::span<const std::byte> bytes)
        : m_reader(bytes)
    {}

    template<class... T>
    void operator()(T&... values)
    {
        (get(values), ...);
    }
    ByteReader& reader() { return m_reader; }
    void fail() { m_reader.fail(); }
    bool failed() const { return m_reader.failed(); }

private:
    static constexpr int maximumDepth = 200; // of structs in structs; edits are nested 32 deep at most

    template<class T>
    void get(T& value)
    {
        if constexpr (std::is_same_v<T, bool>) {
            value = number(1) != 0;
        } else if constexpr (std::is_enum_v<T>) {
            value = static_cast<T>(number(static_cast<std::uint64_t>(Last<T>::value)));
        } else if constexpr (std::is_floating_point_v<T>) {
            value = m_reader.fixed<T>();
        } else if constexpr (std::is_unsigned_v<T>) {
            value = static_cast<T>(number(std::numeric_limits<T>::max()));
        } else if constexpr (std::is_signed_v<T>) {
            std::int64_t wide = m_reader.zigzag();
            value = static_cast<T>(wide);
            if (value != wide)
                fail();
        } else {
            if (++m_depth > maximumDepth)
                fail();
            else
                fields(*this, value);
            --m_depth;
        }
    }
    void get(std::string& value) { value = m_reader.string(); }
    void get(std::monostate&) {}
    template<class Tag>
    void get(Id<Tag>& id)
    {
        std::uint64_t wide = number(Id<Tag>::invalidValue);
        id = wide == 0 ? Id<Tag>() : Id<Tag>(static_cast<std::size_t>(wide - 1));
    }
    template<class T>
    void get(std::vector<T>& values)
    {
        std::size_t count = m_reader.count();
        values.clear();
        for (std::size_t i = 0; i < count && !failed(); ++i)
            get(values.emplace_back());
    }
    template<class A, class B>
    void get(std::pair<A, B>& value)
    {
        (*this)(value.first, value.second);
    }
    template<class T>
    void get(std::optional<T>& value)
    {
        bool present = false;
        get(present);
        value.reset();
        if (present && !failed())
            get(value.emplace());
    }
    template<class... T>
    void get(std::variant<T...>& value)
    {
        std::size_t index = static_cast<std::size_t>(number(sizeof...(T) - 1));
        std::size_t i = 0;
        ((i++ == index && !failed() ? get(value.template emplace<T>()) : void()), ...);
    }

    std::uint64_t number(std::uint64_t last)
    {
        std::uint64_t value = m_reader.varint();
        if (value > last) {
            fail();
            return 0;
        }
        return value;
    }

    ByteReader m_reader;
    int m_depth = 0;
};

} // namespace orrery::edit::archive
