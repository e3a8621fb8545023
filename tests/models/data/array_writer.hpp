// NPY and NPZ files made by tests, as NumPy writes them.
#pragma once

#include <gtest/gtest.h>
#include <zip.h>

#include <map>
#include <string>
#include <vector>

namespace phasecore::test {

/// `values` is C order; `shape` is written as in Python, "(2, 3)".
template <class T>
std::string npy_file(const std::string& descr, const std::string& shape, const std::vector<T>& values,
                     bool fortran_order = false) {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': " + (fortran_order ? "True" : "False") +
                       ", 'shape': " + shape + ", }";
  header.append(64 - (10 + header.size() + 1) % 64, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) +
         std::string{static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)} +
         header + std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

/// numpy.savez(path, **arrays), or numpy.savez_compressed.
inline void write_npz(const std::string& path, const std::map<std::string, std::string>& arrays,
                      bool compressed) {
  zip_t* archive = ::zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  ASSERT_NE(archive, nullptr) << path;
  for (const auto& [name, bytes] : arrays) {
    zip_source_t* source = ::zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const zip_int64_t index = ::zip_file_add(archive, (name + ".npy").c_str(), source, 0);
    ASSERT_GE(index, 0) << name;
    ::zip_set_file_compression(archive, static_cast<zip_uint64_t>(index),
                               compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
  }
  ASSERT_EQ(::zip_close(archive), 0) << path;
}

}  // namespace phasecore::test
