% Writes octave_v4.mat, octave_v6.mat, octave_v7.mat, octave.hdf5.mat and siemens_uri.mat with
% GNU Octave 7.3.0: octave-cli make_matlab_files.m
rf = reshape (1:480, 80, 6);
counts = int16 (reshape (-240:239, 80, 6));
volume = reshape (1:720, 80, 3, 3);
iq = reshape ((1:480) + 1i * (480:-1:1), 80, 6);
fs = 40e6;
name = 'abc';
nothing = [];
flags = logical ([1 0; 0 1]);
mixed = {1, 'two', [1 2 3]};
data(1).id = 7;
data(1).class = 0;
data(1).name = 'first';
data(1).rf1 = counts;
data(2).id = 8;
data(2).class = 1;
data(2).name = 'second';
data(2).rf1 = -counts;
header.a.b = 5;
header.x = rf;
two_by_two(2, 2).x = 4;
two_by_two(1, 1).x = 1;
two_by_two(2, 1).x = 2;
two_by_two(1, 2).x = 3;
thin = sparse ([1 0; 0 2]);
names = {'rf', 'counts', 'volume', 'iq', 'fs', 'name', 'nothing', 'flags', 'mixed', 'data', ...
         'header', 'two_by_two', 'thin'};
save ('-v6', 'octave_v6.mat', names{:});
save ('-v7', 'octave_v7.mat', names{:});
save ('-v4', 'octave_v4.mat', 'rf', 'iq', 'fs', 'name');
save ('-hdf5', 'octave.hdf5.mat', 'rf');

clear FileHeader
lines = 16;
RfDataDouble = reshape (1:100 * lines, 100, lines);
FileHeader.rfgi.RfAxialMinCm = 0.2;
FileHeader.strf.SamplingRate = 40e6;
FileHeader.rfam.ProbeName = 'VF10-5';
FileHeader.rfam.ProbeRadiusCm = 0;
FileHeader.rfbm.NumFocalZones = int32 (1);
FileHeader.rfbm.SteeringAngleRad = 0;
FileHeader.rfbm.LineDensity = 132.06;
FileHeader.rfbd.NumSamplesPerVector = 132;
FileHeader.rfbd.NumVectorsPerFrame = lines;
FileHeader.rfbd.Mode = repmat ('B', lines, 1);
FileHeader.rfbd.Set = zeros (lines, 1);
FileHeader.rfbd.PositionX = (0:lines - 1)' * 10 / 132.06;
FileHeader.rfbd.PositionZ = zeros (lines, 1);
FileHeader.rfbd.ThetaRad = zeros (lines, 1);
for set = 1:8
  FileHeader.rfsd(set).TxFrequencyMhz = 7272700 * (set == 1);
  FileHeader.rfsd(set).AnalogGain = linspace (0, 1, 512)' * (set == 1);
end
save ('-v7', 'siemens_uri.mat', 'RfDataDouble', 'FileHeader');
