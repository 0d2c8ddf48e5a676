#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Encoder and Decoder: one list of fields serves both directions. A struct S takes part through a function
// `void fields(auto& archive, Of<S> auto& s)` that names its fields in order; numbers, strings, ids, enums,
// vectors, maps, optionals, pairs and variants are known here. Decoding never trusts a byte: counts are
// checked against what is left, enums and variant indices against their last value, nesting against a limit;
// after the first fault everything reads as zero and failed() says so.

#include "engine/base/byte_reader.h"
#include "engine/base/ids.h"

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace orrery::protocol {

template<class T, class U>
concept Of = std::same_as<std::remove_const_t<T>, U>;

// The last enumerator, for the check while decoding; one overload for each enum that travels.
template<class E>
struct LastEnumerator;

class Encoder {
public:
    static constexpr bool decoding = false;

    template<class... T>
    void operator()(const T&... values)
    {
        (put(values), ...);
    }
    ByteWriter& writer() { return m_writer; }
    void fail() {}
    bool failed() const { return false; }

private:
    template<class T>
    void put(const T& value)
    {
        if constexpr (std::is_same_v<T, bool>)
            m_writer.fixed<std::uint8_t>(value ? 1 : 0);
        else if constexpr (std::is_enum_v<T>)
            m_writer.varint(static_cast<std::uint64_t>(value));
        else if constexpr (std::is_floating_point_v<T>)
            m_writer.fixed(value);
        else if constexpr (std::is_signed_v<T>)
            m_writer.zigzag(value);
        else if constexpr (std::is_unsigned_v<T>)
            m_writer.varint(value);
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
    template<class K, class V>
    void put(const std::map<K, V>& values)
    {
        m_writer.varint(values.size());
        for (const auto& [key, value] : values)
            (*this)(key, value);
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
    static constexpr bool decoding = true;

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
    static constexpr int maximumDepth = 64;

    template<class T>
    void get(T& value)
    {
        if constexpr (std::is_same_v<T, bool>) {
            value = number(1) != 0;
        } else if constexpr (std::is_enum_v<T>) {
            value = static_cast<T>(number(static_cast<std::uint64_t>(LastEnumerator<T>::value)));
        } else if constexpr (std::is_floating_point_v<T>) {
            value = m_reader.fixed<T>();
        } else if constexpr (std::is_signed_v<T>) {
            std::int64_t wide = m_reader.zigzag();
            value = static_cast<T>(wide);
            if (value != wide)
                fail();
        } else if constexpr (std::is_unsigned_v<T>) {
            value = static_cast<T>(number(std::numeric_limits<T>::max()));
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
    template<class K, class V>
    void get(std::map<K, V>& values)
    {
        std::size_t count = m_reader.count();
        values.clear();
        for (std::size_t i = 0; i < count && !failed(); ++i) {
            K key{};
            get(key);
            get(values[std::move(key)]);
        }
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
        ((i++ == index ? get(value.template emplace<T>()) : void()), ...);
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

} // namespace orrery::protocol
