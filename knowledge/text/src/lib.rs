//! Text to passages and terms: normalising, stems, n-grams, chunking, lexical encoder.
