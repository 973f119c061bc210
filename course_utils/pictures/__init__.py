"""From files to labeled pictures: decoding, the pipeline of notebook 03, and the layouts of picture sets."""
