#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The stages of the layered layout, each in a file of its own, and the one struct that they fill in turn.
// Private to this folder. All work in top-to-bottom coordinates on one connected part of a level.

#include "views/layout/layout.h"

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace orrery::layout {

// Lists of integers in one array: the values of i are values[start[i]] to values[start[i + 1]].
struct Adjacency {
    std::vector<std::uint32_t> start, values;
    std::span<const std::uint32_t> of(std::uint32_t i) const
    {
        return {values.data() + start[i], start[i + 1] - start[i]};
    }
    // From pairs (key(i), i) for i < count, keeping the order of i within a key.
    template<class Key>
    static Adjacency group(std::size_t keys, std::size_t count, Key key)
    {
        Adjacency result;
        result.start.assign(keys + 1, 0);
        for (std::size_t i = 0; i < count; ++i)
            if (std::uint32_t k = key(i); k < keys)
                ++result.start[k + 1];
        for (std::size_t k = 0; k < keys; ++k)
            result.start[k + 1] += result.start[k];
        result.values.resize(result.start[keys]);
        std::vector<std::uint32_t> next(result.start.begin(), result.start.end() - 1);
        for (std::size_t i = 0; i < count; ++i)
            if (std::uint32_t k = key(i); k < keys)
                result.values[next[k]++] = std::uint32_t(i);
        return result;
    }
};

enum class EdgeRoute : std::uint8_t {
    Dummies, // through items on the ranks between
    Channel, // too long: down a lane beside the graph
    Back,    // against the direction: up a lane on the other side
};

// An item is a box (the first boxes.size() items) or a dummy: a place on a rank that an edge passes through.
struct Segment {
    std::uint32_t upper, lower; // items on neighbouring ranks
    float weight;               // how much it wants to be vertical
    double upperOffset, lowerOffset;
};

struct Layering {
    // ranks.cpp
    std::vector<std::uint32_t> rank; // per box, then per dummy
    std::vector<EdgeRoute> route;    // per edge
    std::uint32_t rankCount = 0;
    std::vector<std::uint32_t> depth, height; // longest paths from a source and to a sink, per box

    // segments.cpp
    std::vector<double> width, boxHeight; // per item
    std::vector<std::uint32_t> dummyStart,
        dummies; // per edge: its dummies from top to bottom (shared in a net)
    std::vector<Segment> segments;
    Adjacency up, down; // per item: its segments to the rank above, below

    // ordering.cpp
    std::vector<std::vector<std::uint32_t>> order; // per rank: items from left to right
    std::vector<std::uint32_t> position;           // per item: index within its rank

    // placement.cpp
    std::vector<double> x;                   // per item: its middle
    std::vector<double> rankTop, rankBottom; // per rank

    std::size_t itemCount() const { return width.size(); }
};

// Edges that span more ranks than this go through a channel.
inline constexpr std::uint32_t longEdgeSpan = 8;
// How much a segment of the main path wants to be vertical, against 1 for any other.
inline constexpr float mainWeight = 24;

void assignRanks(const Level& level, Layering& state);
void makeSegments(const Level& level, Layering& state);
void orderRanks(const Level& level, Layering& state, const std::stop_token& stop);
void placeItems(const Level& level, Layering& state, const std::stop_token& stop);
LevelResult routeEdges(const Level& level, const Layering& state);

// Positions nearest to the desired ones (least weighted squares) that keep value[i + 1] - value[i] ≥ gap[i];
// gap has one entry less than the others. Pool adjacent violators: linear time.
void separate(std::span<const double> desired, std::span<const double> weight, std::span<const double> gap,
              std::span<double> value);

} // namespace orrery::layout
