#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// From a DataType to a C++ type, once per kernel, so that inner loops are typed.

#include "engine/base/result.h"
#include "engine/graph/tensor_type.h"

#include <string>
#include <type_traits>

namespace orrery::ops {

template<class... Ts>
struct TypeList {};

using FloatTypes = TypeList<float, double>;
using SignedTypes = TypeList<float, double, std::int64_t, std::int32_t, std::int16_t, std::int8_t>;
using NumberTypes = TypeList<float, double, std::int64_t, std::int32_t, std::uint8_t, std::int8_t,
                             std::uint16_t, std::int16_t, std::uint32_t, std::uint64_t>;
using IntegerTypes = TypeList<std::int64_t, std::int32_t, std::uint8_t, std::int8_t, std::uint16_t,
                              std::int16_t, std::uint32_t, std::uint64_t>;

template<class T>
struct TypeTag {
    using type = T;
};

// Calls make(TypeTag<T>()) for the T of the list that matches; Unsupported naming the type when none does.
// All calls return the same Result<R>.
template<class First, class... Rest, class F>
auto dispatch(TypeList<First, Rest...>, graph::DataType type, F&& make) -> decltype(make(TypeTag<First>()))
{
    if (type == graph::dataTypeOf<First>())
        return make(TypeTag<First>());
    if constexpr (sizeof...(Rest) > 0)
        return dispatch(TypeList<Rest...>(), type, std::forward<F>(make));
    else
        return Error{ErrorCode::Unsupported,
                     "element type " + std::string(graph::name(type)) +
                         " is not implemented for this operator",
                     {}};
}

} // namespace orrery::ops
