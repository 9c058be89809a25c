// write-text-tables FOLDER: seeds of fuzz-text-tables.

#include <fstream>

#include "test/support/TestChatTemplate.h"
#include "test/support/TestTokenizer.h"

using namespace g4rt;

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  TestTokenizer tokenizer(tinyTokenizerJson());
  TestChatTemplate large(g4::gemma4::TemplateVariant::Large);
  std::ofstream(std::string(argv[1]) + "/tokenizer", std::ios::binary)
      << '\1' << tokenizer.bytes();
  std::ofstream(std::string(argv[1]) + "/template", std::ios::binary)
      << '\0' << large.bytes();
  std::ofstream(std::string(argv[1]) + "/../tokenizer-json/tiny.json")
      << tinyTokenizerJson();
  return 0;
}
