# %% [markdown]
# ## Going further
#
# Ungraded. Learn another language: `data/make_translations.py` of the book's repository shows where the messages come
# from, and JupyterLab alone has some thirty languages. Train longer, or with a GPU, a larger model. Put a prefix of
# your own into the mixture: *fill in* and *translate* at once, as T5 does.
#
# - [Raffel et al. (2020)](https://arxiv.org/abs/1910.10683), T5: one form for all tasks, and what matters in
#   pretraining.
# - [Levy et al. (2015)](https://aclanthology.org/Q15-1016): much of what word vectors gain comes from their settings.
# - [Linzen (2016)](https://arxiv.org/abs/1606.07736): what analogies measure.
# - [Lewis et al. (2020)](https://arxiv.org/abs/1910.13461), BART: other ways to corrupt a text.
# - [Rei et al. (2020)](https://arxiv.org/abs/2009.09025), COMET: learned measures of translation.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# Words that keep the same company get similar vectors, by a network of two tables or by counting. Once every task is
# text in and text out, one encoder and decoder does them all, and a prefix says which. Span corruption makes such a
# task from any text. A relative bias tells a head how far a key is away, with few numbers for all distances. A
# spectrogram and a few convolutions turn sound into states that the same encoder reads. BLEU, ROUGE and the character
# error rate count what two texts share; they rank systems, and a person judges a line. And the simple rival, a
# dictionary, the first words, a filter with a threshold, belongs beside every model.
#
# Lab 11 goes back to the GPT, and teaches it to answer.

# %% experiment="metrics"
# Experiment · The metrics of this lab
report(
    "10_text_to_text",
    analogies_skip_gram=analogy_scores["skip-gram, arithmetic"],
    analogies_third_word=analogy_scores["skip-gram, third word"],
    names_exact_match=results[best]["phrases, exact"] / 100,
    interface_bleu=results["pretrained"]["messages, BLEU"],
    interface_bleu_scratch=results["scratch"]["messages, BLEU"],
    interface_bleu_dictionary=results["dictionary"]["messages, BLEU"],
    morse_cer_0db=morse_cer_0db,
    morse_cer_classical_0db=morse_cer_classical_0db,
    summary_rouge_l=summary_scores["the model's"],
    summary_rouge_l_lead=next(iter(summary_scores.values())),
    summary_rouge_l_similar=summary_scores["the most similar one's"],
)
