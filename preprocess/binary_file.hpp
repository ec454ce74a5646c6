#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.hpp"
#include "base/open_files.hpp"
#include "dataset/row.hpp"

namespace hone {

/// Writes values one after the other, as this host has them: for files that the programs of one run read
/// again. Numbers, strings, rows, vectors and maps of these, and whatever has an archive() of its own.
class BinaryWriter {
 public:
  /// Throws Error(kRunTimeFailure), as close() does.
  explicit BinaryWriter(const std::filesystem::path& path) : path_(path), file_(path, std::ios::binary) {
    check();
  }

  template <typename... Values>
  void operator()(const Values&... values) {
    (put(values), ...);
  }
  /// Everything is with the system; nothing more is written.
  void close() {
    file_.close();
    check();
  }

 private:
  void check() const {
    if (!file_) fail_run("can't write " + path_.string(), "", "check free space, quota and permissions");
  }
  template <typename T>
  void put(const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      file_.write(reinterpret_cast<const char*>(&value), sizeof value);
    } else {
      const_cast<T&>(value).archive(*this);  // one archive() reads and writes
    }
  }
  void put(const Row& row) {
    (*this)(row.ids, row.loss_mask, row.source_file, row.source_line, row.source_nth);
  }
  void put(const std::string& text) {
    put(text.size());
    file_.write(text.data(), static_cast<std::streamsize>(text.size()));
  }
  template <typename T>
  void put(const std::vector<T>& values) {
    put(values.size());
    if constexpr (std::is_arithmetic_v<T>) {
      file_.write(reinterpret_cast<const char*>(values.data()),
                  static_cast<std::streamsize>(values.size() * sizeof(T)));
    } else {
      for (const T& value : values) put(value);
    }
  }
  template <typename K, typename V>
  void put(const std::map<K, V>& values) {
    put(values.size());
    for (const auto& [key, value] : values) (*this)(key, value);
  }

  std::filesystem::path path_;
  std::ofstream file_;
};

/// Reads what BinaryWriter wrote, in the same order.
class BinaryReader {
 public:
  /// Throws Error(kRunTimeFailure) when it can't be opened.
  explicit BinaryReader(const std::filesystem::path& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_) fail_of_system(std::strerror(errno));
  }

  /// Throws Error(kRunTimeFailure) where reading fails or the file ends before.
  template <typename... Values>
  void operator()(Values&... values) {
    (get(values), ...);
    check();
  }

 private:
  void check() const {
    if (file_.bad()) fail_of_system(std::strerror(errno));
    if (!file_) fail_run("can't read " + path_.string(), "it is cut short", "remove its folder, start again");
  }
  [[noreturn]] void fail_of_system(const std::string& reason) const {
    if (is_lack_of_open_files(reason)) fail_for_lack_of_open_files(path_.string(), reason);
    fail_run("can't read " + path_.string(), reason, "check the disk and permissions, then start again");
  }
  template <typename T>
  void get(T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      file_.read(reinterpret_cast<char*>(&value), sizeof value);
    } else {
      value.archive(*this);
    }
  }
  std::size_t count() {
    std::size_t value = 0;
    get(value);
    check();
    return value;
  }
  void get(Row& row) { (*this)(row.ids, row.loss_mask, row.source_file, row.source_line, row.source_nth); }
  void get(std::string& text) {
    text.resize(count());
    file_.read(text.data(), static_cast<std::streamsize>(text.size()));
  }
  template <typename T>
  void get(std::vector<T>& values) {
    values.resize(count());
    if constexpr (std::is_arithmetic_v<T>) {
      file_.read(reinterpret_cast<char*>(values.data()),
                 static_cast<std::streamsize>(values.size() * sizeof(T)));
    } else {
      for (T& value : values) get(value);
    }
  }
  template <typename K, typename V>
  void get(std::map<K, V>& values) {
    for (std::size_t left = count(); left > 0; --left) {
      K key{};
      V value{};
      (*this)(key, value);
      values.emplace(std::move(key), std::move(value));
    }
  }

  std::filesystem::path path_;
  std::ifstream file_;
};

}  // namespace hone
