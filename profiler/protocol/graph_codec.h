#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A Graph as bytes, with every slot (dead ones too), so that ids mean the same on both sides. Constants and
// attribute tensors of up to 4 KiB keep their bytes, larger ones arrive with type and dims only; serialized
// fields that Orrery does not model stay behind. A decoded graph has no id that points outside of it.

#include "engine/graph/graph.h"
#include "profiler/protocol/archive.h"

namespace orrery::protocol {

void fields(Encoder& archive, const graph::Graph& graph);
void fields(Decoder& archive, graph::Graph& graph);
void fields(Encoder& archive, const graph::Root& root);
void fields(Decoder& archive, graph::Root& root);
void fields(Encoder& archive, const graph::ValueType& type);
void fields(Decoder& archive, graph::ValueType& type);
void fields(Encoder& archive, const graph::Tensor& tensor);
void fields(Decoder& archive, graph::Tensor& tensor);
void fields(Encoder& archive, const graph::OpaqueAttribute& attribute);
void fields(Decoder& archive, graph::OpaqueAttribute& attribute);
void fields(Encoder& archive, const graph::Attribute& attribute);
void fields(Decoder& archive, graph::Attribute& attribute);

template<>
struct LastEnumerator<graph::DataType> {
    static constexpr auto value = graph::DataType::Float4E2M1;
};

} // namespace orrery::protocol
