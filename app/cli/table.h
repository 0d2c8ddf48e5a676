#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Rows for people (aligned columns), for programs (JSON) and for spreadsheets (CSV), from one description.
// Text cells are escaped for the terminal; CSV cells that a spreadsheet would take for a formula are quoted
// with an apostrophe.

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace orrery::cli {

enum class Align { Left, Right };

struct Column {
    std::string title; // for people; empty: in JSON and CSV only
    std::string key;   // in JSON and CSV
    Align align = Align::Left;
};

struct Cell {
    std::string text;     // for people
    nlohmann::json value; // for programs
};

class Table {
public:
    explicit Table(std::vector<Column> columns)
        : m_columns(std::move(columns))
    {}

    void add(std::vector<Cell> row) { m_rows.push_back(std::move(row)); }
    std::size_t rowCount() const { return m_rows.size(); }

    std::string text() const;
    nlohmann::json json() const; // an array of objects
    std::string csv() const;

private:
    std::vector<Column> m_columns;
    std::vector<std::vector<Cell>> m_rows;
};

// JSON text in which strings that are not UTF-8 have their bad bytes replaced.
std::string dump(const nlohmann::json& json);
std::string dumpLine(const nlohmann::json& json); // on one line

} // namespace orrery::cli
