// SPDX-License-Identifier: Apache-2.0
//
// Both directions recurse over nested sequence, optional and map types; the depth is bounded by the limit on
// nested messages under which the file was parsed.
#include "engine/formats/type_proto.h"

namespace orrery::formats {
namespace {

using graph::DataType;
using graph::Dim;
using graph::Shape;
using graph::TypeKind;
using graph::ValueType;

Dim dimFromProto(const onnx::TensorShapeProto::Dimension& proto)
{
    if (proto.has_dim_value())
        return proto.dim_value() >= 0 ? Dim(proto.dim_value()) : Dim::unknown();
    if (proto.has_dim_param() && !proto.dim_param().empty())
        return Dim::symbolic(proto.dim_param());
    return Dim::unknown();
}

DataType elementFromProto(int number)
{
    return graph::dataTypeFromOnnx(number).value_or(DataType::Undefined);
}

template<class TensorTypeProto>
ValueType tensorType(TypeKind kind, const TensorTypeProto& proto)
{
    ValueType type;
    type.kind = kind;
    type.element = elementFromProto(proto.elem_type());
    if (proto.has_shape()) {
        type.shape.emplace();
        for (const auto& dim : proto.shape().dim())
            type.shape->dims.push_back(dimFromProto(dim));
    }
    return type;
}

template<class TensorTypeProto>
void updateTensorType(TensorTypeProto& proto, const ValueType& type)
{
    if (elementFromProto(proto.elem_type()) != type.element)
        proto.set_elem_type(static_cast<int>(type.element));
    if (!type.shape) {
        proto.clear_shape();
        return;
    }
    auto& shape = *proto.mutable_shape();
    if (shape.dim_size() != static_cast<int>(type.shape->rank()))
        shape.clear_dim();
    for (std::size_t i = 0; i < type.shape->rank(); ++i) {
        auto& dim = static_cast<int>(i) < shape.dim_size() ? *shape.mutable_dim(static_cast<int>(i))
                                                           : *shape.add_dim();
        const Dim& wanted = type.shape->dims[i];
        if (dimFromProto(dim) == wanted)
            continue;
        dim.clear_value();
        if (wanted.isKnown())
            dim.set_dim_value(wanted.value());
        else if (wanted.isSymbolic())
            dim.set_dim_param(wanted.symbol());
    }
}

ValueType innerOf(const ValueType& type) { return type.inner.empty() ? ValueType() : type.inner.front(); }

} // namespace

ValueType typeFromProto(const onnx::TypeProto& proto)
{
    ValueType type;
    switch (proto.value_case()) {
    case onnx::TypeProto::kTensorType:
        return tensorType(TypeKind::Tensor, proto.tensor_type());
    case onnx::TypeProto::kSparseTensorType:
        return tensorType(TypeKind::SparseTensor, proto.sparse_tensor_type());
    case onnx::TypeProto::kSequenceType:
        type.kind = TypeKind::Sequence;
        type.inner.push_back(typeFromProto(proto.sequence_type().elem_type()));
        return type;
    case onnx::TypeProto::kOptionalType:
        type.kind = TypeKind::Optional;
        type.inner.push_back(typeFromProto(proto.optional_type().elem_type()));
        return type;
    case onnx::TypeProto::kMapType:
        type.kind = TypeKind::Map;
        type.element = elementFromProto(proto.map_type().key_type());
        type.inner.push_back(typeFromProto(proto.map_type().value_type()));
        return type;
    default:
        if (proto.value_case() != onnx::TypeProto::VALUE_NOT_SET ||
            proto.GetReflection()->GetUnknownFields(proto).field_count() > 0)
            type.kind = TypeKind::Opaque;
        return type;
    }
}

void updateTypeProto(onnx::TypeProto& proto, const ValueType& type)
{
    if (typeFromProto(proto) == type)
        return;
    switch (type.kind) {
    case TypeKind::Tensor:
        updateTensorType(*proto.mutable_tensor_type(), type);
        break;
    case TypeKind::SparseTensor:
        updateTensorType(*proto.mutable_sparse_tensor_type(), type);
        break;
    case TypeKind::Sequence:
        updateTypeProto(*proto.mutable_sequence_type()->mutable_elem_type(), innerOf(type));
        break;
    case TypeKind::Optional:
        updateTypeProto(*proto.mutable_optional_type()->mutable_elem_type(), innerOf(type));
        break;
    case TypeKind::Map:
        proto.mutable_map_type()->set_key_type(static_cast<int>(type.element));
        updateTypeProto(*proto.mutable_map_type()->mutable_value_type(), innerOf(type));
        break;
    case TypeKind::Opaque:
        break; // only what the file said itself
    case TypeKind::Unknown:
        proto.clear_value();
        break;
    }
}

} // namespace orrery::formats
