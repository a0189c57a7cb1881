# %% [markdown]
# ## 7 · Elsewhere
#
# What must a transformer know of sound, video or space? What a **token** is. The rest you have built.
#
# - **Speech to text.** Tokens are slices of a spectrogram, 50 a second; encoder and decoder as in Lab 10: Whisper
#   ([Radford et al., 2022](https://arxiv.org/abs/2212.04356)).
# - **Text to speech.** Three transformers in a row, from words to coarse to fine tokens of sound:
#   [Bark](https://github.com/suno-ai/bark), after AudioLM ([Borsos et al., 2022](https://arxiv.org/abs/2209.03143)).
# - **Music.** One decoder, which asks the words of the prompt by cross-attention: MusicGen ([Copet et al.,
#   2023](https://arxiv.org/abs/2306.05284)).
# - **Video.** Tokens are blocks of pixels from some images in a row: ViViT ([Arnab et al.,
#   2021](https://arxiv.org/abs/2103.15691)). Diffusion in latents generates it ([Blattmann et al.,
#   2023](https://arxiv.org/abs/2304.08818)).
# - **Point clouds.** A token is a point; attention sees where its neighbors are ([Zhao et al.,
#   2021](https://arxiv.org/abs/2012.09164)). A cloud has no order, and attention needs none.

# %% [markdown]
# ![A wave is cut into slices; for each slice two tables, one after the other, give a token](figures/codec.svg)
#
# *Sound as tokens. Each table says what the tables before it left.*

# %% [markdown]
# Sound becomes tokens in a **codec** ([Défossez et al., 2022](https://arxiv.org/abs/2210.13438)): a network turns each
# slice of the wave into a vector, a table gives the nearest entry, a second table the nearest to what is left, and so
# on. By hand, with numbers for vectors and the tables (0, 10, 20) and (−2, 0, 2): 12 becomes 10, then 2. How long do
# sequences get?

# %% experiment="token_counts"
# Experiment · How many tokens?
slices = 30 * 50  # half a minute of music, 50 slices a second
print(f"music, 30 s: {slices:,} slices with 4 tokens each, {4 * slices:,} in all")
print(f"MusicGen shifts the four rows by one each and reads them at once: {slices + 3:,} steps")
blocks, patches_of_one = 32 // 2 * (224 // 16) ** 2, (224 // 16) ** 2
print(f"video, 32 images of 224 × 224 in blocks of 2 × 16 × 16: {blocks:,} tokens")
print(f"one such image in patches of 16 × 16: {patches_of_one} tokens")

# %% [markdown]
# **What you saw.** Attention compares all pairs, so sixteen times the tokens are 256 times the pairs. That is why sound
# goes through a codec and video into latents first.
