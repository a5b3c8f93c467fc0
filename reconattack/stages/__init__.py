"""The stages of a reconstruction beside the paper's, a function each, off while neutral."""
